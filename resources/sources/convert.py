"""Raw columns as values of one type: numbers and dates out of text, without NaN."""

from typing import Literal

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.lists import refuse_lists

MOST_LEVELS = 10_000
"""Most distinct values of a categorical column: with more, a value has too few rows for a generator to learn it."""

NotFinite = Literal["error", "null"]

_LEADING_ZERO = r"^[+-]?0\d"
_WHOLE = r"^[+-]?\d+$"
_WORDS = (pl.String, pl.Categorical, pl.Enum, pl.Boolean)
_DAY = r"^\d{4}-\d{2}-\d{2}$"
_NANOSECONDS = r"\.\d{6}\d*[1-9]"
_TIME = r"^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}:\d{2}(\.\d+)?$"


def parse_numbers(values: pl.Series) -> pl.Series | None:
    """Parse text as Int64 or Float64; return None where any value is not a number.

    Values with leading zeros (postcodes) and whole numbers beyond 64 bits (identifiers) count as text, because they
    would lose digits.
    """
    stripped = values.str.strip_chars()
    if stripped.str.contains(_LEADING_ZERO).any():
        return None
    for dtype in (pl.Int64, pl.Float64):
        parsed = stripped.cast(dtype, strict=False)
        if parsed.null_count() == values.null_count():
            return None if dtype == pl.Float64 and stripped.str.contains(_WHOLE).all() else parsed
    return None


def parse_times(values: pl.Series) -> pl.Series | None:
    """Parse text as ISO dates, or as ISO times without a zone; return None where any value is neither."""
    if values.str.contains(_DAY).all():
        parsed = values.str.to_date("%Y-%m-%d", strict=False)
    elif values.str.contains(_TIME).all():
        unit: Literal["us", "ns"] = "ns" if values.str.contains(_NANOSECONDS).any() else "us"
        parsed = values.str.replace("T", " ").str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit=unit, strict=False)
    else:
        return None
    return parsed if parsed.null_count() == values.null_count() else None


def count_since_epoch(values: pl.Series) -> tuple[pl.Series, str]:
    """Convert dates to whole days since 1970 and other temporal values to seconds; also return the unit."""
    match values.dtype:
        case pl.Date():
            return values.cast(pl.Int64), "days since 1970-01-01"
        case pl.Datetime():
            return values.dt.epoch("us") / 1e6, "seconds since 1970-01-01"
        case pl.Time():
            return values.cast(pl.Int64) / 1e9, "seconds since midnight"
        case _:
            return values.dt.total_microseconds() / 1e6, "seconds"


def to_quantities(values: pl.Series, *, not_finite: NotFinite, where: str) -> tuple[pl.Series, list[str]]:
    """Return a column of finite numbers, booleans or temporal values, with notes on what was changed.

    Args:
        values: of one of these types, or text that holds numbers or ISO dates.
        not_finite: whether NaN and infinite values are refused or become null.
        where: the column, as messages name it.

    Raises:
        BadInput: a value is not a number, or is not finite.
    """
    if values.dtype == pl.String:
        values = _parse(values, where)
    if not (values.dtype.is_numeric() or values.dtype.is_temporal() or values.dtype == pl.Boolean):
        raise BadInput(f"{where}: {values.dtype} values are not numbers; give the column another role, or 'ignore'")
    return _drop_not_finite(values, not_finite, where)


def to_scalars(values: pl.Series, *, not_finite: NotFinite, where: str) -> tuple[pl.Series, list[str]]:
    """Return a column that can be categories or text, with notes on what was changed.

    Raises:
        BadInput: the values are lists, structures or bytes, or some are not finite.
    """
    refuse_lists(values, where)
    if not (values.dtype.is_numeric() or values.dtype.is_temporal() or isinstance(values.dtype, _WORDS)):
        raise BadInput(
            f"{where}: {values.dtype} values are neither categories nor text; give the column the role 'ignore'"
        )
    return _drop_not_finite(values, not_finite, where)


def refuse_many_levels(values: pl.Series, where: str) -> None:
    """Raise ``BadInput`` if a discrete column has more than 10,000 distinct values."""
    if (levels := values.n_unique()) > MOST_LEVELS:
        raise BadInput(
            f"{where}: {levels:,} distinct values are too many for a category (at most {MOST_LEVELS:,}); "
            "group them, or give the column the role 'ignore', 'numeric' or 'text'"
        )


def _parse(values: pl.Series, where: str) -> pl.Series:
    for parsed in (values.str.strip_chars().cast(pl.Float64, strict=False), parse_times(values)):
        if parsed is not None and parsed.null_count() == values.null_count():
            exact = parse_numbers(values) if parsed.dtype == pl.Float64 else parsed
            return parsed if exact is None else exact
    as_numbers = values.str.strip_chars().cast(pl.Float64, strict=False)
    row = int((as_numbers.is_null() & values.is_not_null()).arg_max() or 0)
    raise BadInput(
        f"{where}: the value of row {row + 1}, {values[row]!r}, is not a number; correct it, add it to 'null_values', "
        "or give the column the role 'categorical'"
    )


def _drop_not_finite(values: pl.Series, not_finite: NotFinite, where: str) -> tuple[pl.Series, list[str]]:
    if not values.dtype.is_float():
        return values, []
    bad = values.is_finite().not_() & values.is_not_null()
    if not (count := int(bad.sum())):
        return values, []
    if not_finite == "error":
        raise BadInput(f"{where}: {count:,} values are NaN or infinite; correct them, or set 'nan: null'")
    finite = (
        values.to_frame("x").select(pl.when(pl.col("x").is_finite()).then(pl.col("x"))).to_series().alias(values.name)
    )
    if finite.null_count() == len(finite):
        raise BadInput(f"{where}: every value is missing, NaN or infinite; give the column the role 'ignore'")
    return finite, [f"{where}: {count:,} NaN or infinite values became null"]
