"""ISO 8601 in full: dates, months, week dates, and points in time with fractions and zones."""

from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from outcross.resources.sources.spellings.contract import Spelling

_DAY = r"([12]\d{3})-?(\d{2})-?(\d{2})"
_CLOCK = r"(\d{2})(?::?(\d{2})(?::?(\d{2})([.,]\d{1,9})?)?)?"
_ZONE = r"(Z|z|[+-]\d{2}(?::?\d{2})?)?"
_MOMENT = rf"^{_DAY}(?:[Tt ]{_CLOCK}\s?{_ZONE})?$"
_MONTH = r"^([12]\d{3})-(\d{2})$"
_WEEK = r"^([12]\d{3})-?W(\d{2})(?:-?([1-7]))?$"


@dataclass(frozen=True, kw_only=True)
class Iso(Spelling):
    """Dates or points in time of ISO 8601, in any mixture of its forms.

    A month is its first day, a week its Monday.

    Attributes:
        times: whether values have a time of day; a date alone is then its midnight.
        zoned: whether values have a zone; they are then points in time in UTC.
    """

    name: ClassVar[str] = "iso"

    times: bool = False
    zoned: bool = False

    @property
    def note(self) -> str:
        """What of ISO 8601."""
        if not self.times:
            return "dates of ISO 8601"
        return "dates and times of ISO 8601" + (", with their zone, kept in UTC" if self.zoned else "")

    def _parse(self, texts: pl.Series) -> pl.Series:
        written = _spell_out(texts)
        zoned = written.str.ends_with("~").not_()
        if self.zoned:
            written = _where(zoned, written)
            return _to_datetime(written, "%Y-%m-%dT%H:%M:%S%.f%z", "UTC")
        written = _where(~zoned, written).str.strip_chars("~")
        moments = _to_datetime(written, "%Y-%m-%dT%H:%M:%S%.f", None)
        if self.times:
            return moments
        days = moments.dt.date()
        return _where(moments == days.cast(pl.Datetime("us")), days)


def _where(kept: pl.Series, values: pl.Series) -> pl.Series:
    return pl.select(pl.when(kept).then(values)).to_series()


def _to_datetime(written: pl.Series, form: str, zone: str | None) -> pl.Series:
    dtype = pl.Datetime("us", zone)
    if written.null_count() == len(written):
        return pl.Series(written.name, [None] * len(written), dtype=dtype)
    return written.str.strptime(dtype, form, strict=False)


def _spell_out(texts: pl.Series) -> pl.Series:
    """Write every form as ``2024-03-15T10:20:30.5+02:00``, with ``~`` in place of a zone where there is none."""
    text = pl.col("text")
    part = [text.str.extract(_MOMENT, number) for number in range(1, 9)]
    clock = [part[number].fill_null("00") for number in (3, 4, 5)]
    fraction = part[6].fill_null("").str.replace(",", ".", literal=True)
    zone = part[7].str.to_uppercase().str.replace("Z", "+00:00", literal=True)
    zone = zone.str.replace(r"^([+-]\d{2})(\d{2})$", "$1:$2").str.replace(r"^([+-]\d{2})$", "$1:00").fill_null("~")
    moment = pl.format("{}-{}-{}T{}:{}:{}{}{}", *part[:3], *clock, fraction, zone)
    month = pl.format("{}-{}-01T00:00:00~", text.str.extract(_MONTH, 1), text.str.extract(_MONTH, 2))
    week = pl.format(
        "{}-{}-{}", text.str.extract(_WEEK, 1), text.str.extract(_WEEK, 2), text.str.extract(_WEEK, 3).fill_null("1")
    )
    monday = week.str.strptime(pl.Date, "%G-%V-%u", strict=False)
    forms = pl.coalesce(moment, month, pl.format("{}T00:00:00~", monday.cast(pl.String)))
    return pl.DataFrame({"text": texts}).select(forms).to_series().alias(texts.name)
