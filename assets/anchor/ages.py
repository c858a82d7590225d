"""The two ages of real rows: those collected before a date, which are taken for real, and the younger ones."""

import polars as pl

from outcross.assets.study.real_before import YOUNGER, RealBefore
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.sources.contract import RealData
from outcross.resources.typed_rows import to_typed

FEWEST_OLDER, FEWEST_YOUNGER = 100, 50
"""Rows of each age that an estimate of the synthetic share takes."""


def mark_younger(data: RealData, since: RealBefore, column: str) -> pl.Series:
    """Return (rows,) whether each row was collected on the date or after, named ``YOUNGER``.

    Args:
        data: read with ``column`` as its time.
        since: the date.
        column: of the time of collection.

    Raises:
        BadInput: the date cannot be compared with the column, or the source has a column of that name.
    """
    if YOUNGER in data.schema.names:
        raise BadInput(f"the source has a column '{YOUNGER}', which 'real_before' adds; rename it in the file")
    known = next((each for each in data.schema.columns if each.name == column), None)
    if known is not None and known.is_temporal:
        return since.younger(to_typed(data.rows.select(column), Schema((known,)))[column])
    assert data.time is not None
    return since.younger(data.time)


def both_ages(*parts: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return the older and the younger rows of the part that has more of both.

    Raises:
        BadInput: no part has enough of both.
    """
    ages = [tuple(part.filter(pl.col(YOUNGER) == late) for late in (False, True)) for part in parts]
    older, younger = max(ages, key=lambda each: min(each[0].height / FEWEST_OLDER, each[1].height / FEWEST_YOUNGER))
    if older.height < FEWEST_OLDER or younger.height < FEWEST_YOUNGER:
        raise BadInput(
            f"'real_before': {older.height:,} older and {younger.height:,} younger rows are on one side of the split, "
            f"and an estimate takes {FEWEST_OLDER} and {FEWEST_YOUNGER}; move the date, add rows, or remove the key"
        )
    return older, younger
