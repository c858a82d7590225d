"""Names of columns and files, listed for a message."""

from collections.abc import Collection

MOST_NAMED = 8


def list_names(names: Collection[str], most: int = MOST_NAMED) -> str:
    """Format names for a message; of many, only the first ``most``."""
    named = list(names)
    shown = ", ".join(repr(name) for name in named[:most])
    return shown if len(named) <= most else f"{shown} and {len(named) - most} more"
