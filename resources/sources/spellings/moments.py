"""Dates and times as people write them, by a format of ``strptime``."""

import re
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from outcross.resources.sources.spellings.contract import Spelling
from outcross.resources.sources.spellings.months import to_english

PIVOT = 70
"""Two-digit years from here on are of the 20th century, those below of the 21st."""
_DIRECTIVES = {
    "%d": r"\d{1,2}",
    "%m": r"\d{1,2}",
    "%Y": r"[12]\d{3}",
    "%y": r"\d{2}",
    "%H": r"\d{1,2}",
    "%I": r"\d{1,2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
    "%B": r"\pL{3,9}",
    "%b": r"\pL{3,9}",
    "%a": r"\pL{3,9}",
    "%p": r"(?i:am|pm)",
    "%.f": r"(?:\.\d{1,9})?",
    "%z": r"(?:[+-]\d{2}:?\d{2})",
}
"""What a directive reads, where ``strptime`` would also take years of two digits for four."""
_COMPACT = {"%d": r"\d{2}", "%m": r"\d{2}", "%H": r"\d{2}"}
_TIME = re.compile(r"%[HIMSTR]")
_DATE = re.compile(r"%[dmYyBbjGVuFDe]")


@dataclass(frozen=True, kw_only=True)
class Moments(Spelling):
    """Dates, points in time or times of day of one format.

    Attributes:
        format: of ``strptime``, such as ``%d.%m.%Y``.
        language: of the names of months: ``en``, or one of :data:`LANGUAGES`.
    """

    name: ClassVar[str] = "moments"

    format: str = "%Y-%m-%d"
    language: str = "en"

    @property
    def note(self) -> str:
        """The format, and the century of two-digit years."""
        years = f" (years 00 to {PIVOT - 1} are 2000 to {2000 + PIVOT - 1})" if "%y" in self.format else ""
        words = "" if self.language == "en" else f" in the language {self.language!r}"
        return f"{self._what} spelt {self.format!r}{words}{years}"

    @property
    def dtype(self) -> pl.Date | pl.Datetime | pl.Time:
        """Date, Datetime (in UTC where the format has a zone) or Time."""
        if not _DATE.search(self.format):
            return pl.Time()
        if not _TIME.search(self.format):
            return pl.Date()
        return pl.Datetime("us", "UTC" if "%z" in self.format else None)

    @property
    def _what(self) -> str:
        match self.dtype:
            case pl.Date():
                return "dates"
            case pl.Time():
                return "times of day"
            case _:
                return "dates and times"

    def _parse(self, texts: pl.Series) -> pl.Series:
        if self.language != "en":
            texts = to_english(texts, self.language)
        if "%p" in self.format:
            texts = texts.str.replace(r"(?i)([ap])\.m\.?$", "${1}m")
        if (pattern := self.pattern) is not None:
            texts = pl.select(pl.when(texts.str.contains(pattern)).then(texts)).to_series()
        if texts.null_count() == len(texts):
            return pl.Series(texts.name, [None] * len(texts), dtype=self.dtype)
        return texts.str.strptime(self.dtype, self.format, strict=False)

    @property
    def pattern(self) -> str | None:
        """The shape of a value as a regular expression; None for a format with other directives."""
        compact = "%Y%m%d" in self.format
        pattern = re.escape(self.format).replace(r"%\.f", "%.f")
        for directive, shape in _DIRECTIVES.items():
            pattern = pattern.replace(directive, _COMPACT.get(directive, shape) if compact else shape)
        return None if "%" in pattern else f"^{pattern}$"
