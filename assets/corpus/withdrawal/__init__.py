"""Withdrawal: take rows out of a corpus for good, list what rests on them, declare anew what was wrong."""
