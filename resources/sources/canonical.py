"""The canonical values of a column, wherever its rows come from: a source, a batch of a corpus, or a command.

A value fits where it says the same as a value of the column's kind: ``2024-04-26``, a Date and a midnight Datetime are
one day; ``12.50`` and 12.5 one number; ``True`` and true one boolean. What does not fit has a reason.
"""

from collections.abc import Callable
from datetime import time

import polars as pl

from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.convert import NotFinite, count_since_epoch
from outcross.resources.sources.fitted_pictures import fit_pictures
from outcross.resources.sources.iso_text import parse_clock_times, parse_durations, parse_moments
from outcross.resources.sources.kinds import round_to_decimals
from outcross.resources.sources.spellings import Spelling, read_spelling
from outcross.resources.temporal import count, type_of, uncount

SHOWN = 60
"""Characters of a value that a reason shows."""
_EXACT = 2**53
_TRUE, _FALSE = ("true", "1"), ("false", "0")

Fit = tuple[pl.Series, str]
"""Canonical values, null where one does not fit; and what such a value is: ``no number``."""


def canonical(
    values: pl.Series,
    column: Column,
    *,
    not_finite: NotFinite = "error",
    size: tuple[int, int] | None = None,
    grey: bool = False,
) -> tuple[pl.Series, pl.Series]:
    """Convert values of a column to those of its canonical type.

    Args:
        values: of any type and spelling.
        column: what they are to fit.
        not_finite: whether NaN and infinite numbers do not fit, or are null.
        size: (height, width) that pictures are resized to; None leaves them.
        grey: whether pictures in colour are converted to grey.

    Returns the canonical values under the column's name, and (rows,) String: why a value does not fit, null where it
    does, such as ``holds 'x', which is no number``.
    """
    if column.role is Role.IMAGE:
        return fit_pictures(values, column, size=size, grey=grey)
    if not_finite == "null":
        values = _null_not_finite(values, column)
    empty = (values == "").fill_null(False) if column.blank and values.dtype == pl.String else None
    if values.dtype == pl.String and (spelling := _spelling_of(values, column)) is not None:
        values = spelling.present(values)
    fitted, problem = _fit(values, column)
    if empty is not None:
        values, fitted = values.set(empty, ""), fitted.set(empty, "")
    lacking = values.is_null() if not column.nullable else pl.repeat(False, len(values), eager=True)
    wrong = values.is_not_null() & fitted.is_null()
    reasons = pl.Series("reason", [None], dtype=pl.String).new_from_index(0, len(values))
    if lacking.any() or wrong.any():
        reasons = _explain(lacking, wrong, values, problem)
    return fitted.alias(column.name), reasons


def with_canonical_names(raw: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Give columns their canonical names, where they have the names of the source's file."""
    renamed = {each.source: each.name for each in schema.columns if each.source in raw.columns}
    if not renamed:
        return raw
    others = [name for name in raw.columns if name not in renamed and name not in renamed.values()]
    return raw.select(*others, *(pl.nth(raw.columns.index(name)).alias(new) for name, new in renamed.items()))


def _explain(lacking: pl.Series, wrong: pl.Series, values: pl.Series, problem: str) -> pl.Series:
    frame = pl.DataFrame({"lacking": lacking, "wrong": wrong, "shown": _show(values)})
    return frame.select(
        pl.when("lacking")
        .then(pl.lit("has no value, and the anchor's always has one"))
        .when("wrong")
        .then(pl.concat_str(pl.lit("holds '"), "shown", pl.lit(f"', which is {problem}")))
        .alias("reason")
    )["reason"]


def _show(values: pl.Series) -> pl.Series:
    """Return the beginning of each value as text; Polars has none for a list, nor for bytes that are no text."""
    if values.dtype == pl.Binary:
        text = values.bin.encode("hex")
    elif values.dtype.is_nested() or values.dtype == pl.Object:
        text = pl.Series([None if value is None else str(value)[:SHOWN] for value in values.to_list()], dtype=pl.String)
    else:
        text = values.dt.to_string("iso") if values.dtype == pl.Duration else values.cast(pl.String, strict=False)
    return text.fill_null("?").str.slice(0, SHOWN)


def _null_not_finite(values: pl.Series, column: Column) -> pl.Series:
    """Make null what is NaN or infinite; of a column of numbers also where text says so."""
    number = values
    if values.dtype == pl.String and column.role is Role.NUMERIC:
        number = values.str.strip_chars().cast(pl.Float64, strict=False)
    if not number.dtype.is_float():
        return values
    return values.set(number.is_finite().not_().fill_null(False), None)


def _fit(values: pl.Series, column: Column) -> Fit:
    spelling = _spelling_of(values, column)
    if spelling is None:
        return _fit_plain(values, column)
    spelled, problem = _fit_plain(spelling.parse(values), column)
    if spelled.null_count() == values.null_count():
        return spelled, problem
    plain, plain_problem = _fit_plain(values, column)  # as programs write a table that they have read
    return (plain, plain_problem) if plain.null_count() < spelled.null_count() else (spelled, problem)


def _spelling_of(values: pl.Series, column: Column) -> Spelling | None:
    """Return what values of a column may be spelt by: text, or whole numbers that spell dates."""
    spells = values.dtype == pl.String or (values.dtype.is_integer() and column.is_temporal)
    return read_spelling(column.spelling) if spells and column.spelling is not None else None


def _fit_plain(values: pl.Series, column: Column) -> Fit:
    if column.is_temporal:
        return _moments(values, column)
    if column.role is not Role.NUMERIC:
        return _text(values, column)
    if column.integer:
        return _whole(values, column)
    return _number(values, column)


def _nothing(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    return pl.repeat(None, len(values), dtype=dtype, eager=True)


def _as_numbers(values: pl.Series, column: Column) -> pl.Series | None:
    """Return numbers, or text that may hold numbers; None where the type holds none."""
    if values.dtype == pl.String:
        return values.str.strip_chars()
    if values.dtype == pl.Float32:
        return values.cast(pl.String).cast(pl.Float64)  # the shortest decimal number, as it was written
    if values.dtype.is_temporal() and column.kind is None:
        return count_since_epoch(values)[0]  # a schema that remembers no kinds may mean counts of days
    return values if values.dtype.is_numeric() or values.dtype == pl.Boolean else None


def _number(values: pl.Series, column: Column) -> Fit:
    problem, numbers = "no number", _as_numbers(values, column)
    if numbers is None:
        return _nothing(values, pl.Float64()), problem
    number = pl.col("value").cast(pl.Float64, strict=False)
    finite = numbers.to_frame("value").select(pl.when(number.is_finite()).then(number)).to_series()
    if column.kind == "decimal" and column.decimals is not None:
        rounded = round_to_decimals(finite, column.decimals)
        # Half a unit of the ninth digit more than the type has: floats that were summed are such numbers.
        near = ((rounded - finite).abs() <= finite.abs() * 1e-12).fill_null(False)
        finer = finite.is_not_null() & ~near
        if finer.any():
            problem = f"no number of at most {column.decimals} decimals"
        return rounded.set(finer, None), problem
    return finite, problem


def _whole(values: pl.Series, column: Column) -> Fit:
    problem, numbers = "no whole number", _as_numbers(values, column)
    if numbers is None:
        return _nothing(values, pl.Int64()), problem
    if column.kind == "boolean" and values.dtype == pl.String:
        booleans, _ = _booleans(values)
        numbers = pl.DataFrame({"b": booleans, "n": numbers}).select(pl.coalesce(_as_bit("b"), "n")).to_series()
    number = pl.col("value").cast(pl.Float64, strict=False)
    exact = pl.when((number % 1 == 0) & (number.abs() <= _EXACT)).then(number).cast(pl.Int64, strict=False)
    whole = pl.lit(None) if numbers.dtype.is_float() else pl.col("value").cast(pl.Int64, strict=False)
    if isinstance(numbers.dtype, pl.Decimal):
        whole = pl.when(pl.col("value") % 1 == 0).then(whole)
    return numbers.to_frame("value").select(pl.coalesce(whole, exact).cast(pl.Int64)).to_series(), problem


def _as_bit(name: str) -> pl.Expr:
    return pl.when(pl.col(name) == "true").then(pl.lit("1")).when(pl.col(name) == "false").then(pl.lit("0"))


def _moments(values: pl.Series, column: Column) -> Fit:
    problem = _problem_of_moments(values, column)
    typed = _typed_moments(values, column)
    return (_nothing(values, pl.Int64()) if typed is None else count(typed, column)), problem


def _problem_of_moments(values: pl.Series, column: Column) -> str:
    zoned = getattr(values.dtype, "time_zone", None) is not None
    if column.kind == "datetime" and column.zone is not None:
        return f"no date and time with its offset from UTC (the anchor's are of {column.zone})"
    if column.kind == "datetime" and zoned:
        return "a date and time of a zone, where the anchor's have none"
    names = {"date": "date", "datetime": "date and time", "time": "time of day", "duration": "duration"}
    finest = "" if column.unit in ("d", "ns") else f" in whole {_UNITS[column.unit or 's']}"
    return f"no {names[column.kind or 'date']}{finest}"


_UNITS = {"s": "seconds", "ms": "milliseconds", "us": "microseconds"}


def _typed_moments(values: pl.Series, column: Column) -> pl.Series | None:
    """Return values of the column's own kind; None where the type holds no such values."""
    wanted = type_of(column)
    if values.dtype == pl.String:
        values = _parse(values, column)
    if values.dtype == pl.Null:
        return values.cast(wanted)
    if isinstance(wanted, pl.Date) and isinstance(values.dtype, pl.Datetime):
        day = values.dt.replace_time_zone(None)
        return day.dt.date().set((day.dt.time() != _MIDNIGHT).fill_null(False), None)
    if isinstance(wanted, pl.Datetime):
        return _datetimes(values, column)
    return values if type(values.dtype) is type(wanted) else None


_MIDNIGHT = time(0)


def _datetimes(values: pl.Series, column: Column) -> pl.Series | None:
    if values.dtype == pl.Date and column.zone is None:
        return values.cast(pl.Datetime("us"))
    if not isinstance(values.dtype, pl.Datetime):
        return None
    if (values.dtype.time_zone is None) != (column.zone is None):
        return values.dt.replace_time_zone(None) if values.dtype.time_zone == "UTC" else None
    return values


def _parse(values: pl.Series, column: Column) -> pl.Series:
    parsers: dict[str, Callable[[pl.Series], pl.Series]] = {"time": parse_clock_times, "duration": parse_durations}
    if column.kind in parsers:
        return parsers[column.kind](values)
    return parse_moments(values, zone=column.zone, time_unit="ns" if column.unit == "ns" else "us")


def _text(values: pl.Series, column: Column) -> Fit:
    if values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object):
        return _nothing(values, pl.String()), "no category or text"
    if column.kind == "boolean":
        return _booleans(values)
    if column.unit is not None:
        counts, problem = _moments(values, column)
        return show_moments(counts, column), problem
    if column.kind == "float" and values.dtype == pl.String:
        values = values.str.strip_chars().cast(pl.Float64, strict=False)
    problem = _PROBLEMS.get(column.kind or "text", "no category or text")
    if values.dtype.is_float():
        return _text_of_floats(values, column), problem
    text = values.dt.to_string("iso") if values.dtype == pl.Duration else values.cast(pl.String, strict=False)
    if column.kind == "whole":
        text = text.str.strip_chars().str.replace(r"^(-?\d+)\.0+$", "$1")
        text = text.set(text.str.contains(r"^-?(0|[1-9]\d*)$").not_(), None)
    return text, problem


_PROBLEMS = {"whole": "no whole number", "float": "no number"}


def _text_of_floats(values: pl.Series, column: Column) -> pl.Series:
    finite = values.set(values.is_finite().not_().fill_null(False), None)
    if finite.dtype == pl.Float32:
        finite = finite.cast(pl.String).cast(pl.Float64)
    if column.kind == "float":
        return finite.cast(pl.String)
    whole = (pl.col("v") % 1 == 0) & (pl.col("v").abs() <= _EXACT)
    as_whole = pl.col("v").cast(pl.Int64, strict=False).cast(pl.String)
    as_float = pl.lit(None) if column.kind == "whole" else pl.col("v").cast(pl.String)
    return finite.to_frame("v").select(pl.when(whole).then(as_whole).otherwise(as_float)).to_series()


def _booleans(values: pl.Series) -> Fit:
    """Return ``true`` and ``false``, also of 1 and 0."""
    if values.dtype.is_numeric():
        values = values.cast(pl.Float64).cast(pl.Int64, strict=False).set(values % 1 != 0, None)
    lower = values.cast(pl.String, strict=False).str.strip_chars().str.to_lowercase()
    told = pl.when(pl.col("v").is_in(_TRUE)).then(pl.lit("true")).when(pl.col("v").is_in(_FALSE)).then(pl.lit("false"))
    return lower.to_frame("v").select(told.alias("v")).to_series(), "neither true nor false"


def show_moments(counts: pl.Series, column: Column) -> pl.Series:
    """Spell counts of a temporal column as text: ``2024-04-26``, ``2024-04-26 13:37:05``."""
    typed = counts.to_frame("x").select(uncount(pl.col("x"), column)).to_series()
    return typed.dt.to_string("iso") if typed.dtype == pl.Duration else typed.cast(pl.String)
