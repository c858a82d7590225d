"""The columns that a split goes by: the entity that a row belongs to, and its time."""

from collections.abc import Collection

import polars as pl

from outcross.resources.errors import BadInput

MOST_NAMED = 8
_ISO = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%d %H:%M")


def no_column(key: str, name: str, known: Collection[str]) -> BadInput:
    """Return the error of a key, ``entity`` or ``time``, that names a column which is not there."""
    named = ", ".join(repr(each) for each in list(known)[:MOST_NAMED])
    more = f" and {len(known) - MOST_NAMED} more" if len(known) > MOST_NAMED else ""
    return BadInput(f"'{key}: {name}': the source has no column {name!r}, only {named}{more}; correct '{key}'")


def read_entity(values: pl.Series) -> pl.Series:
    """Return (rows,) the entities as text; 7 and 7.0 are one.

    Raises:
        BadInput: a row has none, or the values cannot name one.
    """
    where = f"'entity: {values.name}'"
    _refuse_missing(values, "entity", where)
    if values.dtype.is_nested() or values.dtype == pl.Binary:
        raise BadInput(f"{where}: {values.dtype} values name no entity; name a column of text, numbers or dates")
    if values.dtype.is_float() and bool((values % 1 == 0).all()):
        values = values.cast(pl.Int64)
    return values.cast(pl.String)


def read_time(values: pl.Series) -> pl.Series:
    """Return (rows,) numbers that order the times.

    Args:
        values: dates, times, numbers, or text that holds numbers or ISO dates.

    Raises:
        BadInput: a row has none, or the values are in no order.
    """
    where = f"'time: {values.name}'"
    _refuse_missing(values, "time", where)
    if values.dtype == pl.String:
        values = _parse_times(values)
    if values.dtype.is_temporal():
        values = values.to_physical()
    if not values.dtype.is_numeric():
        raise BadInput(
            f"{where}: the column holds {values.dtype} values, which are in no order of time; name a column of dates, "
            "times or numbers"
        )
    if values.dtype.is_float() and not values.is_finite().all():
        raise BadInput(f"{where}: some values are NaN or infinite; correct them, or drop these rows")
    return values


def _parse_times(values: pl.Series) -> pl.Series:
    """Read text as numbers or ISO times; return it as it is where a value is neither."""
    text = values.str.strip_chars().str.replace("T", " ")
    tries = [text.cast(pl.Float64, strict=False)]
    tries += [text.str.to_datetime(form, time_unit="us", strict=False) for form in _ISO]
    return next((parsed for parsed in tries if not parsed.null_count()), values)


def _refuse_missing(values: pl.Series, key: str, where: str) -> None:
    if missing := values.null_count():
        raise BadInput(f"{where}: {missing:,} rows have no {key}; fill them, or drop these rows")
