"""Accepted changes: lasting changes of the world, taken as normal without another anchor."""
