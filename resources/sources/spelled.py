"""A column of text turned into numbers, dates or categories by its spelling, with what is said about it."""

from collections.abc import Iterable
from dataclasses import dataclass

import polars as pl

from outcross.resources.counted import counted
from outcross.resources.errors import BadInput
from outcross.resources.sources.column_record import to_setting
from outcross.resources.sources.convert import parse_numbers, parse_times
from outcross.resources.sources.roles import is_named_like_key
from outcross.resources.sources.spellings import (
    Moments,
    Numbers,
    Recognised,
    Spelling,
    Words,
    by_format,
    nearly,
    recognise_all,
    several,
)
from outcross.resources.sources.spellings.missing import list_missing, strip
from outcross.resources.sources.spellings.recognise import SAMPLE, recognise_days

MIXED = 0.5
"""Share of values that spell numbers or dates above which the others are named, and a column is no identifier."""
SHOWN = 3
"""Values that a message shows."""
_POINT = r"^[+-]?\d+\.\d{1,2}$"
_COMMA = r"\d,\d"
_DIGITS = r"^\s*\d+\s*$"


@dataclass(frozen=True, kw_only=True)
class Spelled:
    """A column after its text was read.

    Attributes:
        values: numbers, dates or times where the text spells them; else as they were.
        spelling: what it was read by, where that is not the usual spelling.
        why: what is unusual about it; empty where nothing is.
        remedy: what to write to have it otherwise.
        stated: whether settings of the whole file say how it is spelt.
        doubt: whether the text nearly spells numbers or dates, or does so in two ways: it is then no identifier.
    """

    values: pl.Series
    spelling: Spelling | None = None
    why: str = ""
    remedy: str = ""
    stated: bool = False
    doubt: bool = False


@dataclass(frozen=True, kw_only=True)
class FileSpelling:
    """What is known of the spelling of a whole file.

    Attributes:
        untyped: whether the file stores every value as text, so that digits are numbers and no codes.
        decimal: the decimal mark that the settings state.
        hint: the decimal mark that other columns of the file show.
        date: the format of dates that the settings state.
    """

    untyped: bool
    decimal: str | None = None
    hint: str | None = None
    date: str | None = None


def spell(values: pl.Series, file: FileSpelling, *, name: str) -> Spelled:
    """Read a column of which no setting says the role.

    Args:
        values: the column as read.
        file: what is known of the whole file.
        name: the column's name in the file, for remedies.
    """
    if values.dtype != pl.String:
        return _days(values, name) if values.dtype.is_integer() else Spelled(values=values)
    if file.date is not None and (stated := _fitting(values, by_format(values, file.date))) is not None:
        return stated
    usual = _usual(values, untyped=file.untyped)
    if usual is not None and not (usual.dtype.is_float() and "," in (file.decimal, file.hint)):
        return _days(usual, name) if usual.dtype == pl.Int64 else Spelled(values=usual)
    found = recognise_all(values, decimal=file.decimal or file.hint)
    if found.spelling is None and usual is None and file.decimal is None and file.hint is not None:
        found = recognise_all(values)
    if found.spelling is None:
        return _unread(values, found, name, file.decimal) if usual is None else Spelled(values=usual)
    return _read(values, found, file, name)


def _read(values: pl.Series, found: Recognised, file: FileSpelling, name: str) -> Spelled:
    assert found.spelling is not None
    parsed = found.spelling.parse(values)
    if isinstance(found.spelling, Numbers) and not file.untyped and values.str.contains(_DIGITS).all():
        return Spelled(values=values)  # in a typed file, text of digits alone is a code
    why, remedy = _describe(values, parsed, found, name)
    stated = isinstance(found.spelling, Numbers) and file.decimal is not None
    return Spelled(values=parsed, spelling=found.spelling, why=why, remedy=remedy, stated=stated)


def _fitting(values: pl.Series, spelling: Spelling) -> Spelled | None:
    """Read a column by a spelling that the settings state for the whole file; None where a value does not fit."""
    parsed = spelling.parse(values)
    if parsed.null_count() > spelling.present(values).null_count() or not parsed.count():
        return None
    return Spelled(values=parsed, spelling=spelling, why=_note(spelling, values), stated=True)


def spell_numeric(values: pl.Series, *, decimal: str | None, date: str | None, name: str, where: str) -> Spelled:
    """Read a column whose settings say that it is numeric.

    Args:
        values: the column as read.
        decimal: the decimal mark that the settings state.
        date: the format of dates that the settings state.
        name: its name in the file, for remedies.
        where: the column, as messages name it.

    Raises:
        BadInput: a value does not fit the settings, or dates can be read in two ways.
    """
    if date is not None and (values.dtype == pl.String or values.dtype.is_integer()):
        return _by_format(values, date, where)
    if values.dtype != pl.String:
        return Spelled(values=values)
    found = recognise_all(values, decimal=decimal)
    spelling = found.spelling
    if isinstance(spelling, Moments) and spelling.format == "%Y%m%d":
        spelling = Numbers()  # the settings say that the column is numeric, and not that it holds dates
    if spelling is not None:
        usual = spelling == Numbers() and _usual(values, untyped=True) is not None
        return Spelled(values=spelling.parse(values), spelling=None if usual else spelling, why=_note(spelling, values))
    if len(found.others) > 1:
        raise BadInput(f"{where}: {_two_ways(found)}; {_choose_format(found, name)}")
    if decimal is not None and (close := nearly(values, share=MIXED, decimal=decimal)) is not None:
        raise BadInput(
            f"{where}: the value {close[1][0]!r} is no number with the decimal mark {decimal!r}; correct it, add it to "
            "'null_values', or correct 'decimal'"
        )
    return Spelled(values=values)


def spell_words(values: pl.Series, file: FileSpelling, nulls: tuple[str, ...]) -> Spelled:
    """Read categories: what means a missing value is null; in a text file, outer white space is dropped."""
    if values.dtype != pl.String:
        return Spelled(values=values)
    spaces = (file.untyped or bool(nulls)) and bool((strip(values) != values).any())
    if not nulls and not spaces:
        return Spelled(values=values)
    spelling = Words(nulls=nulls)
    read = spelling.parse(values)
    return Spelled(values=read, spelling=spelling, why="white space around values was dropped" if spaces else "")


def with_nulls(values: pl.Series, nulls: tuple[str, ...]) -> pl.Series:
    """Return text with null in place of the values that the settings name, compared without outer white space."""
    if not nulls or values.dtype != pl.String:
        return values
    missing = strip(values).is_in(list(nulls))
    return pl.select(pl.when(~missing).then(values)).to_series().alias(values.name)


def find_decimal(columns: Iterable[pl.Series]) -> str | None:
    """Return the decimal mark that the first values of a file's columns show; None where none does, or two differ."""
    marks = set()
    for values in columns:
        if values.dtype != pl.String:
            continue
        sample = values.head(SAMPLE).alias("values")  # Polars would read some names as patterns
        if sample.str.contains(_POINT).any():
            marks.add(".")
        elif sample.str.contains(_COMMA).any():
            found = recognise_all(sample)
            marks |= {found.spelling.decimal} if isinstance(found.spelling, Numbers) and not found.others else set()
    return marks.pop() if len(marks) == 1 else None


def _usual(values: pl.Series, *, untyped: bool) -> pl.Series | None:
    """Read text in the usual spelling, that of most programs; None where it is another, or has tokens for missing."""
    typed = parse_numbers(values) if untyped else None
    if typed is None:
        return parse_times(values)
    return None if typed.dtype.is_float() and typed.is_nan().any() else typed


def _days(values: pl.Series, name: str) -> Spelled:
    """Read whole numbers such as 20240315 as dates, unless the column is named like an identifier."""
    days = None if is_named_like_key(name) else recognise_days(values)
    if days is None:
        return Spelled(values=values)
    first = values.drop_nulls()[0]
    read = days.parse(values)
    return Spelled(
        values=read,
        spelling=days,
        why=f"whole numbers that are days, read as dates: {first} is {read.drop_nulls()[0]}",
        remedy=f"{to_setting({name: 'numeric'})!r} keeps the numbers",
    )


def _unread(values: pl.Series, found: Recognised, name: str, decimal: str | None) -> Spelled:
    """Say why text that looks like dates or numbers stays text."""
    if len(found.others) > 1:
        return Spelled(values=values, why=_two_ways(found), remedy=_choose_format(found, name), doubt=True)
    close = nearly(values, share=MIXED, decimal=decimal)
    if close is None:
        found_two = several(values, share=MIXED, decimal=decimal)
        if not found_two:
            return Spelled(values=values)
        kinds = " and ".join(f"{spelling.note} ({example!r})" for spelling, example in found_two)
        return Spelled(
            values=values,
            why=f"mixes {kinds}: read as categorical",
            remedy=f"write them in one way, or set {to_setting({name: 'categorical'})!r}",
            doubt=True,
        )
    spelling, misfits = close
    examples = ", ".join(repr(word) for word in misfits.unique().sort().head(SHOWN))
    count = counted(len(misfits), "other value")
    return Spelled(
        values=values,
        why=f"mixes {spelling.note} with {count} ({examples}): read as categorical",
        remedy="correct them, or name them in 'null_values' if they stand for missing values",
        doubt=True,
    )


def _by_format(values: pl.Series, date: str, where: str) -> Spelled:
    spelling = by_format(values, date)
    present, parsed = spelling.present(values), spelling.parse(values)
    misfits = present.filter(present.is_not_null() & parsed.is_null())
    if len(misfits):
        raise BadInput(
            f"{where}: the value {misfits[0]!r} does not fit 'date: {date}'; correct the format or the value, or add "
            "the value to 'null_values'"
        )
    return Spelled(values=parsed, spelling=spelling, why=_note(spelling, values))


def _note(spelling: Spelling, values: pl.Series) -> str:
    tokens = [token for token in list_missing(values) if token]
    missing = f"; {', '.join(map(repr, tokens))} read as missing" if tokens else ""
    return "" if spelling == Numbers() and not tokens else f"{spelling.note}{missing}"


def _describe(values: pl.Series, parsed: pl.Series, found: Recognised, name: str) -> tuple[str, str]:
    """Say how a column was read, by an example, and how to have it otherwise."""
    assert found.spelling is not None
    unusual = parsed.is_not_null() & values.str.strip_chars().cast(pl.Float64, strict=False).is_null()
    row = int((unusual if unusual.any() else parsed.is_not_null()).arg_max() or 0)
    why = f"text read as {found.spelling.note}"
    if unusual.any() or found.spelling != Numbers():
        why += f": {values[row]!r} is {parsed[row]}"
    if tokens := list_missing(values):
        why += f"; {', '.join(repr(token) if token else 'blanks' for token in tokens)} read as missing"
    if found.others and isinstance(other := found.others[0], Numbers):
        return why, f"if the mark is a decimal {'comma' if other.decimal == ',' else 'point'}, set " + repr(
            to_setting({name: {"role": "numeric", "decimal": other.decimal}})
        )
    return why, f"{to_setting({name: 'categorical'})!r} keeps the text"


def _two_ways(found: Recognised) -> str:
    notes = " and as ".join(each.note for each in found.others[:2])
    return f"the values can be read as {notes}: read as neither"


def _choose_format(found: Recognised, name: str) -> str:
    formats = [each.format for each in found.others if isinstance(each, Moments)]
    settings = [repr(to_setting({name: {"role": "numeric", "date": each}})) for each in formats[:2]]
    return f"set {' or '.join(settings)}"
