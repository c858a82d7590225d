"""Trim: leave synthetic rows out of a corpus that is past its bound."""
