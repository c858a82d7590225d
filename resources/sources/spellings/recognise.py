"""How a column of text is spelt: the recognisers, and the choice between those that fit."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

import polars as pl

from outcross.resources.sources.spellings.contract import Spelling
from outcross.resources.sources.spellings.date_formats import CLOCKS, formats_of
from outcross.resources.sources.spellings.durations import Durations
from outcross.resources.sources.spellings.iso import Iso
from outcross.resources.sources.spellings.missing import drop_missing
from outcross.resources.sources.spellings.moments import Moments
from outcross.resources.sources.spellings.months import LANGUAGES, languages_of
from outcross.resources.sources.spellings.numbers import CURRENCIES, MEASURES, Numbers, in_ascii

SAMPLE = 200
"""Values that a spelling is tried on before all of them are."""
LONGEST = 48
"""Characters of the longest spelling of a number or a moment."""
FEW = 0.1
"""Share of a column's values from which a spelling is one of several in it."""
CODE_DIGITS = 8
"""Digits from which numbers in groups, all of one length and without a fraction, are codes: ``12.345.678``."""
FIRST_DAY, LAST_DAY = 19000101, 21001231
"""Whole numbers between these, each a day of the calendar, are dates: ``20240315``."""
_MARKS = ((".", ""), (",", ""), (".", ","), (",", "."), (".", " "), (",", " "), (".", "'"), (",", "'"))
"""Decimal and thousands marks, in the order in which they are tried."""


@dataclass(frozen=True, kw_only=True)
class Recognised:
    """What fits every value of a column.

    Attributes:
        spelling: the one to read by; None where none fits, or where several fit that give other values.
        others: those that fit as well and give other values.
    """

    spelling: Spelling | None = None
    others: tuple[Spelling, ...] = ()


def recognise(values: pl.Series, *, decimal: str | None = None) -> Spelling | None:
    """Return the spelling that fits every value of a column of text; None if it holds no numbers or dates.

    Usual tokens for missing values are passed over. Codes with leading zeros are no numbers.

    Args:
        values: String, as read.
        decimal: the decimal mark, where it is known from the settings or from other columns of the file.
    """
    return recognise_all(values, decimal=decimal).spelling


def recognise_all(values: pl.Series, *, decimal: str | None = None) -> Recognised:
    """Return the spelling as :func:`recognise` does, and those that fit as well but would give other values."""
    sample = drop_missing(values.drop_nulls().head(SAMPLE)).unique(maintain_order=True)
    if not len(sample) or not _may_be_spelt(sample):
        return Recognised()
    texts = sample if values.count() <= SAMPLE else None
    for tier in _tiers(sample, decimal):
        likely = [each for each in tier if _fits(each, sample)]
        if not likely:
            continue
        texts = drop_missing(values).unique(maintain_order=True) if texts is None else texts
        if fits := likely if texts is sample else [each for each in likely if _fits(each, texts)]:
            return _choose(fits, texts, decimal)
    return Recognised()


def recognise_days(values: pl.Series) -> Moments | None:
    """Return the spelling of whole numbers that are days from 1900 to 2100 throughout, such as 20240315; else None."""
    present = values.drop_nulls().cast(pl.Int64, strict=False)
    if not len(present) or present.null_count() or not present.is_between(FIRST_DAY, LAST_DAY).all():
        return None
    days = Moments(format="%Y%m%d")
    return days if _fits(days, present.unique().cast(pl.String)) else None


def by_format(values: pl.Series, form: str) -> Moments:
    """Return the spelling of a stated format, in the first language of which the names of months fit every value."""
    kinds = [Moments(format=form), *(Moments(format=form, language=each) for each in LANGUAGES if "%B" in form)]
    texts = drop_missing(values.cast(pl.String))
    return next((each for each in kinds if _fits(each, texts)), kinds[0])


def nearly(values: pl.Series, *, share: float, decimal: str | None = None) -> tuple[Spelling, pl.Series] | None:
    """Return the spelling that most values fit, at least the given share, and the values that do not fit; else None."""
    sample = drop_missing(values.drop_nulls().head(SAMPLE))
    if sample.str.contains(r"^0\d+$").any():
        return None  # codes
    if not len(sample) or (sample.str.contains(r"\d") & (sample.str.len_chars() <= LONGEST)).mean() < share:  # type: ignore[operator]
        return None
    best: tuple[int, Spelling] | None = None
    for spelling in _every_spelling(sample, decimal):
        count = int(spelling.parse_present(sample).count())
        if count >= share * len(sample) and (best is None or count > best[0]):
            best = count, spelling
    if best is None:
        return None
    texts = drop_missing(values)
    misfits = texts.filter(best[1].parse_present(texts).is_null())
    return (best[1], misfits) if 0 < len(misfits) < (1 - share) * len(texts) else None


def several(values: pl.Series, *, share: float, decimal: str | None = None) -> tuple[tuple[Spelling, str], ...]:
    """Return two spellings that together fit at least a share of the values, each with a value that it fits; else none.

    Each fits at least a tenth: dates of two files that write them differently, or prices in two currencies.
    """
    first = nearly(values, share=FEW, decimal=decimal)
    if first is None:
        return ()
    second = recognise(first[1], decimal=decimal)
    if second is None:
        close = nearly(first[1], share=FEW, decimal=decimal)
        second = None if close is None else close[0]
    if second is None:
        return ()
    texts = drop_missing(values)
    fits = [(each, texts.filter(each.parse_present(texts).is_not_null())) for each in (first[0], second)]
    enough = min(len(found) for _, found in fits) >= FEW * len(texts)
    together = texts.filter(first[0].parse_present(texts).is_not_null() | second.parse_present(texts).is_not_null())
    if not enough or len(together) < share * len(texts):
        return ()
    return tuple((each, str(found[0])) for each, found in fits)


def _every_spelling(sample: pl.Series, decimal: str | None) -> Iterator[Spelling]:
    units = sample.str.replace_all(r"[\d.,'’ \-+()]", "").value_counts(sort=True)[sample.name].head(2)
    for unit in dict.fromkeys(["", *(unit for unit in units if unit in CURRENCIES or unit in MEASURES)]):
        yield from (Numbers(decimal=point, thousands=mark, unit=unit) for point, mark in _marks(decimal))
    yield from (Iso(), Iso(times=True), Iso(times=True, zoned=True))
    yield from (Moments(format=each) for each in CLOCKS)
    yield Durations()
    yield from chain(*_dates(str(sample[0])))


def _may_be_spelt(sample: pl.Series) -> bool:
    """Whether every value has a digit and is short."""
    return bool((sample.str.contains(r"\d|(?i)^[+-]?inf") & (sample.str.len_chars() <= LONGEST)).all())


def _fits(spelling: Spelling, texts: pl.Series) -> bool:
    """Whether a spelling fits every text that is left by :func:`drop_missing`."""
    return spelling.parse_present(texts).null_count() == 0


def _tiers(sample: pl.Series, decimal: str | None) -> Iterator[Sequence[Spelling]]:
    """Yield the spellings to try, in tiers: of those that fit in one tier, the values decide."""
    sample = in_ascii(sample)
    unit = _unit(sample)
    if unit is not None and not _is_code(sample, unit):
        yield [Numbers(decimal=point, thousands=mark, unit=unit) for point, mark in _marks(decimal)]
    yield from ([Iso()], [Iso(times=True)], [Iso(times=True, zoned=True)])
    yield [Moments(format=each) for each in CLOCKS]
    yield [Durations()]
    yield from _dates(str(sample[0]))


def _dates(example: str) -> Iterator[list[Moments]]:
    """Yield the spellings of dates that a value may have, in tiers; none where its words are no months."""
    tiers = formats_of(example)
    if not re.search(r"[^\W\d_]{3}", example):
        yield from ([Moments(format=each) for each in tier] for tier in tiers)
    for language in languages_of(example):
        yield [Moments(format=each, language=language) for tier in tiers for each in tier if "%B" in each]


def _marks(decimal: str | None) -> list[tuple[str, str]]:
    return [marks for marks in _MARKS if decimal in (None, marks[0])]


def _unit(sample: pl.Series) -> str | None:
    """Return the one unit of every value, empty where there is none; None where it is no unit or values differ."""
    left = sample.str.replace_all(r"[\d.,'’\s\u2212+()-]", "").unique()
    if len(left) > 1 or not len(left):
        return "" if set(left.str.to_lowercase()) <= {"", "e", "inf"} else None
    unit = str(left[0])
    if unit.lower() in ("e", "inf"):
        return ""
    return unit if unit == "" or unit in CURRENCIES or unit in MEASURES else None


def _is_code(sample: pl.Series, unit: str) -> bool:
    """Whether the values are codes: all in parentheses, or digits in groups, all of one length."""
    if sample.str.contains(r"^\(.*\)$").all():
        return True
    if unit or not sample.str.contains(r"^\d{1,3}([., '’]\d{3})+$").all():
        return False
    digits = sample.str.count_matches(r"\d")
    return digits.n_unique() == 1 and len(sample) > 1 and int(digits[0]) >= CODE_DIGITS


def _choose(fits: list[Spelling], texts: pl.Series, decimal: str | None) -> Recognised:
    """Choose between spellings that fit: the first, unless another gives other dates."""
    first = fits[0]
    parsed = first.parse_present(texts)
    others = tuple(each for each in fits[1:] if not _same(each.parse_present(texts), parsed))
    if isinstance(first, Numbers):
        if parsed.dtype == pl.Int64 and first == Numbers() and (days := recognise_days(parsed)) is not None:
            return Recognised(spelling=days)
        grouped = next((each for each in others if isinstance(each, Numbers) and each.thousands), None)
        if (
            first.decimal == "," and decimal is None and grouped is not None
        ):  # 68,810 is 68810 unless it is said not to be
            return Recognised(spelling=grouped, others=(first,))
        return Recognised(spelling=first, others=others)
    return Recognised(spelling=None if others else first, others=(first, *others) if others else ())


def _same(one: pl.Series, other: pl.Series) -> bool:
    if one.dtype.is_numeric() and other.dtype.is_numeric():
        return bool((one.cast(pl.Float64) == other.cast(pl.Float64)).all())
    return one.dtype == other.dtype and one.equals(other)
