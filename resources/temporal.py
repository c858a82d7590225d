"""Dates, datetimes, times and durations as whole numbers of a unit, and back without loss."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from outcross.resources.schema import Column, Kind, Unit

PER_SECOND: dict[Unit, int] = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
"""Unit → how many make a second."""
_SECONDS_A_DAY = 86_400
_STEPS = (_SECONDS_A_DAY, 3_600, 60)
"""Steps in seconds that are looked for, coarsest first."""


@dataclass(frozen=True, kw_only=True)
class Measure:
    """What the values of a temporal column are multiples of; the attributes are those of a :class:`Column`."""

    kind: Kind
    unit: Unit
    zone: str | None = None
    step: int | None = None


def find_measure(values: pl.Series) -> Measure:
    """Find the coarsest unit and step of which every value of a temporal series is a multiple."""
    if values.dtype == pl.Date:
        return Measure(kind="date", unit="d")
    counts, native = _physical(values)
    units = [each for each, many in PER_SECOND.items() if many <= PER_SECOND[native]]
    unit = next(each for each in units if (counts % (PER_SECOND[native] // PER_SECOND[each]) == 0).all())
    zone = values.dtype.time_zone if isinstance(values.dtype, pl.Datetime) else None
    step = None
    if unit == "s":
        seconds = _physical(_wall_clock(values, zone))[0] // PER_SECOND[native]
        step = next((each for each in _STEPS if (seconds % each == 0).all()), None)
    kind: Kind = "time" if values.dtype == pl.Time else "duration" if values.dtype == pl.Duration else "datetime"
    return Measure(kind=kind, unit=unit, zone=zone, step=step)


def count(values: pl.Series, column: Column) -> pl.Series:
    """Count typed values in a column's unit: Int64, null where a value has a finer part than the unit.

    Args:
        values: of the type of :func:`type_of`, though in any time unit.
        column: a temporal column.
    """
    if column.unit == "d":
        return values.cast(pl.Int64)
    assert column.unit is not None
    counts, native = _physical(values)
    have, want = PER_SECOND[native], PER_SECOND[column.unit]
    if want >= have:
        return counts * (want // have)
    finer = have // want
    return counts.to_frame("x").select(pl.when(pl.col("x") % finer == 0).then(pl.col("x") // finer)).to_series()


def type_of(column: Column) -> pl.DataType:
    """Return the Polars type of a temporal column's values as they were."""
    finest: Literal["us", "ns"] = "ns" if column.unit == "ns" else "us"
    match column.kind:
        case "date":
            return pl.Date()
        case "time":
            return pl.Time()
        case "duration":
            return pl.Duration(finest)
        case _:
            return pl.Datetime(finest, column.zone)


def uncount(counts: pl.Expr, column: Column) -> pl.Expr:
    """Build the expression of the values that counts in a column's unit stand for, of the type of :func:`type_of`."""
    dtype = type_of(column)
    if isinstance(dtype, pl.Date):
        return counts.cast(pl.Int32).cast(dtype)
    assert column.unit is not None
    if isinstance(dtype, pl.Time):
        return (counts * (10**9 // PER_SECOND[column.unit])).cast(dtype)
    assert isinstance(dtype, pl.Datetime | pl.Duration)
    whole = counts * (PER_SECOND[dtype.time_unit] // PER_SECOND[column.unit])
    if isinstance(dtype, pl.Datetime) and column.zone is not None:
        return whole.cast(pl.Datetime(dtype.time_unit, "UTC")).dt.convert_time_zone(column.zone)
    return whole.cast(dtype)


def recount(values: pl.Expr, column: Column) -> pl.Expr:
    """Build the expression of the counts of values as :func:`uncount` made them."""
    dtype = type_of(column)
    if isinstance(dtype, pl.Date):
        return values.cast(pl.Int64)
    assert column.unit is not None
    if isinstance(dtype, pl.Time):
        return values.cast(pl.Int64) // (10**9 // PER_SECOND[column.unit])
    assert isinstance(dtype, pl.Datetime | pl.Duration)
    finer = PER_SECOND[dtype.time_unit] // PER_SECOND[column.unit]
    # The time unit of a file may be another one: Arrow and Parquet have their own.
    return values.cast(dtype).to_physical().cast(pl.Int64) // finer


def round_to_step(counts: pl.Series, column: Column) -> pl.Series:
    """Round counts to the nearest multiple of the column's step; midnights of a zone are those of its wall clock."""
    assert column.step is not None
    if column.zone is None:
        return _nearest(counts, column.step)
    local = counts.to_frame("x").select(uncount(pl.col("x"), column).dt.replace_time_zone(None)).to_series()
    seconds = local.to_physical() // PER_SECOND[local.dtype.time_unit]  # type: ignore[attr-defined]
    rounded = (_nearest(seconds, column.step) * PER_SECOND["us"]).cast(pl.Datetime("us"))
    zoned = rounded.dt.replace_time_zone(column.zone, ambiguous="earliest", non_existent="null")
    return pl.select(pl.coalesce(zoned.to_physical() // PER_SECOND["us"], counts)).to_series().alias(counts.name)


def _nearest(counts: pl.Series, step: int) -> pl.Series:
    return (counts + step // 2) // step * step


def _physical(values: pl.Series) -> tuple[pl.Series, Unit]:
    """Return the whole numbers that hold a temporal series, and what they count."""
    native: Unit = "ns" if values.dtype == pl.Time else values.dtype.time_unit  # type: ignore[attr-defined]
    return values.to_physical().cast(pl.Int64), native


def _wall_clock(values: pl.Series, zone: str | None) -> pl.Series:
    return values if zone is None else values.dt.replace_time_zone(None)
