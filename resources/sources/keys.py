"""The columns that a split goes by: the entity that a row belongs to, and its time."""

from collections.abc import Collection

import polars as pl

from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.errors import BadInput
from outcross.resources.sources.list_names import list_names
from outcross.resources.sources.spellings import recognise


def no_column(key: str, name: str, known: Collection[str]) -> BadInput:
    """Return the error of a key, ``entity`` or ``time``, that names a column which is not there."""
    return BadInput(
        f"'{key}: {name}': the source has no column {name!r}{did_you_mean(name, known)}, only "
        f"{list_names(known)}; correct '{key}'"
    )


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
    """Return (rows,) dates, times or numbers that order the rows.

    Args:
        values: dates, times, numbers, or text that spells them in one way.

    Raises:
        BadInput: a row has none, or the values are in no order.
    """
    where = f"'time: {values.name}'"
    _refuse_missing(values, "time", where)
    if values.dtype == pl.String:
        values = _parse_times(values)
    if not (values.dtype.is_temporal() or values.dtype.is_numeric()):
        raise BadInput(
            f"{where}: the column holds {values.dtype} values, which are in no order of time; name a column of dates, "
            "times or numbers, or give this one the role 'numeric' and the format of its dates as 'date' in 'columns'"
        )
    if values.dtype.is_float() and not values.is_finite().all():
        raise BadInput(f"{where}: some values are NaN or infinite; correct them, or drop these rows")
    return values


def _parse_times(values: pl.Series) -> pl.Series:
    """Read text as numbers, digits with leading zeros too, or by its spelling; return it as it is where it has none."""
    numbers = values.str.strip_chars().cast(pl.Float64, strict=False)
    if not numbers.null_count():
        return numbers
    spelling = recognise(values)
    parsed = values if spelling is None else spelling.parse(values)
    return values if parsed.null_count() else parsed


def _refuse_missing(values: pl.Series, key: str, where: str) -> None:
    if missing := values.null_count():
        raise BadInput(f"{where}: {missing:,} rows have no {key}; fill them, or drop these rows")
