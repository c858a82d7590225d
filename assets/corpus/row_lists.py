"""Rows as a sentence names them."""

from collections.abc import Iterable

import polars as pl

NAMED = 5
"""Positions that a sentence names; of more, how many there are."""


def spoken_rows(positions: pl.Series | Iterable[int], count: int | None = None) -> str:
    """``row 3``, ``rows 3, 5``, ``rows 3, 5, 8, 9, 12 and 40 more``.

    Args:
        positions: the rows, or the first of them.
        count: how many there are where ``positions`` are the first alone.
    """
    listed = list(positions)
    rows = len(listed) if count is None else count
    named = ", ".join(str(each) for each in listed[:NAMED])
    more = rows - min(len(listed), NAMED)
    return f"row{'s' if rows != 1 else ''} {named}" + (f" and {more:,} more" if more else "")
