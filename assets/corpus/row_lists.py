"""A list of row positions, as it appears in a message."""

from collections.abc import Iterable

import polars as pl

LISTED = 5
"""Positions that a message lists; the others are counted."""


def list_rows(positions: pl.Series | Iterable[int], count: int | None = None) -> str:
    """Format row positions: ``row 3``, ``rows 3, 5``, ``rows 3, 5, 8, 9, 12 and 40 more``.

    Args:
        positions: of the rows, or of the first of them.
        count: number of rows; needed where ``positions`` holds only the first of them.
    """
    listed = list(positions)
    rows = len(listed) if count is None else count
    named = ", ".join(str(each) for each in listed[:LISTED])
    more = rows - min(len(listed), LISTED)
    return f"row{'s' if rows != 1 else ''} {named}" + (f" and {more:,} more" if more else "")
