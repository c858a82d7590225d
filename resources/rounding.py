"""Samples as the column has its values: multiples of its step or of its last decimal, within what its type holds."""

from datetime import datetime

import polars as pl

from outcross.resources.schema import Column, Schema
from outcross.resources.sources.kinds import round_to_decimals
from outcross.resources.temporal import PER_SECOND, round_to_step

_EPOCH = datetime(1970, 1, 1)
_DAYS = [(day - _EPOCH).days for day in (datetime(1, 1, 2), datetime(9999, 12, 30))]
_DAY = 86_400


def round_samples(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Round the numbers of canonical rows that a generator drew.

    A generator models numbers and knows of no steps: its dates lie between midnights, its prices between cents. The
    ends of a column's range are multiples of its step, so rounding stays inside the range.

    Args:
        rows: the schema's columns, and any others.
        schema: the columns.
    """
    changed = [_round(rows[column.name], column) for column in schema.numeric if column.name in rows.columns]
    return rows.with_columns(changed)


def _round(values: pl.Series, column: Column) -> pl.Series:
    if column.is_temporal:
        values = values.clip(*_limits(column))
        return values if column.step is None else round_to_step(values, column).clip(*_limits(column))
    if column.decimals is None:
        return values
    rounded = round_to_decimals(values, column.decimals)
    if column.kind != "decimal" or column.precision is None:
        return rounded
    most = float(f"{'9' * (column.precision - column.decimals) or '0'}.{'9' * column.decimals}")
    return rounded.clip(-most, most)


def _limits(column: Column) -> tuple[int, int]:
    """Return the least and largest count that DATE, TIMESTAMP, TIME and INTERVAL hold."""
    if column.unit == "d":
        return _DAYS[0], _DAYS[1]
    a_second = PER_SECOND[column.unit or "s"]
    if column.kind == "time":
        return 0, _DAY * a_second - (column.step or 1)
    if column.unit == "ns":
        return -(2**63) + 2**40, 2**63 - 2**40
    return _DAYS[0] * _DAY * a_second, _DAYS[1] * _DAY * a_second
