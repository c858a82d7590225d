"""Numbers as people write them: decimal commas, thousands marks, currencies, percent, signs behind."""

import re
import unicodedata
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from outcross.resources.sources.spellings.contract import Spelling

CURRENCIES = (
    *(
        "$",
        "€",
        "£",
        "¥",
        "₹",
        "₽",
        "₩",
        "₺",
        "₪",
        "₫",
        "₴",
        "₦",
        "฿",
        "元",
        "円",
        "R$",
        "US$",
        "A$",
        "C$",
        "NZ$",
        "HK$",
    ),
    *("USD", "EUR", "GBP", "JPY", "CHF", "CNY", "RMB", "INR", "AUD", "CAD", "NZD", "SEK", "NOK", "DKK", "PLN", "CZK"),
    *("HUF", "RON", "BGN", "TRY", "RUB", "UAH", "BRL", "MXN", "ARS", "CLP", "COP", "ZAR", "KRW", "SGD", "HKD", "THB"),
    *("kr", "Kč", "zł", "Ft", "lei", "Fr", "Rs", "TL"),
)
MEASURES = (
    *("%", "‰", "°", "°C", "°F", "kg", "g", "mg", "t", "lb", "lbs", "oz", "km", "m", "cm", "mm", "mi", "ft", "l", "ml"),
    *("km/h", "mph", "kWh", "kW", "W", "V", "h", "min", "s", "ms", "kB", "KB", "MB", "GB", "x"),
)
"""Units that stand behind a number."""
_SPACES = "[\u00a0\u2007\u2009\u202f]"
_OTHERS = r"[\d٫٬．，－＋％٪--0-9]"
_ASCII = {
    **{chr(code): str(unicodedata.decimal(chr(code))) for code in range(128, 0x10000) if chr(code).isdecimal()},
    **{"٫": ".", "٬": ",", "．": ".", "，": ",", "－": "-", "＋": "+", "％": "%", "٪": "%"},
}
"""Digits and marks of other scripts → those of ASCII."""
_WORDS = {",": "comma", ".": "point", " ": "space", "'": "apostrophe"}


@dataclass(frozen=True, kw_only=True)
class Numbers(Spelling):
    """Numbers with one decimal mark, one thousands mark or none, and one unit or none, in every value.

    A value may be negative by a sign before or behind it, or by parentheses. Leading zeros do not fit: such values
    are codes.

    Attributes:
        decimal: the decimal mark, ``.`` or ``,``.
        thousands: the mark between groups of three digits: ``,``, ``.``, a space, an apostrophe, or empty.
        unit: a currency or measure before or behind each number, or empty.
    """

    name: ClassVar[str] = "numbers"

    decimal: str = "."
    thousands: str = ""
    unit: str = ""

    @property
    def note(self) -> str:
        """The marks and the unit."""
        parts = [f"a decimal {_WORDS[self.decimal]}"] if self.decimal != "." else []
        parts += [f"{self.thousands!r} between thousands"] if self.thousands else []
        parts += [f"the unit {self.unit!r}"] if self.unit else []
        return f"numbers with {' and '.join(parts)}" if parts else "numbers"

    def _parse(self, texts: pl.Series) -> pl.Series:
        plain = self.plain(texts)
        whole = plain.cast(pl.Int64, strict=False)
        if whole.null_count() == plain.null_count() or not plain.str.contains(r"[.eEiI]").any():
            return whole  # what is beyond 64 bits is null, since a float would lose its digits
        return plain.cast(pl.Float64, strict=False)

    def plain(self, texts: pl.Series) -> pl.Series:
        """Return the numbers as ``-1234.5``, still as text with every digit; what does not fit is null."""
        texts = in_ascii(texts)
        text = pl.col("text").str.replace_all(_SPACES, " ").str.replace_all("’", "'").str.replace_all("\u2212", "-")
        text = _negative(text)
        if self.unit:
            unit = re.escape(self.unit) + (r"\.?" if self.unit[-1].isalpha() else "")
            before, behind = rf"^([+-]?)\s*{unit}\s*", rf"\s*{unit}$"
            bare = pl.when(text.str.contains(before)).then(text.str.replace(before, "$1")).otherwise(text)
            bare = pl.when(text.str.contains(behind)).then(text.str.replace(behind, "")).otherwise(bare)
            text = _negative(pl.when(bare != text).then(bare))
        fits = text.str.contains(self._pattern)
        if self.thousands:
            text = text.str.replace_all(self.thousands, "", literal=True)
        if self.decimal != ".":
            text = text.str.replace(self.decimal, ".", literal=True)
        text = text.str.strip_prefix("+")
        return pl.DataFrame({"text": texts}).select(pl.when(fits).then(text)).to_series()

    @property
    def _pattern(self) -> str:
        point, mark = re.escape(self.decimal), re.escape(self.thousands)
        whole = r"(?:0|[1-9]\d*)"
        if self.thousands:
            groups = rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+"
            if self.thousands == ",":
                groups += r"|[1-9]\d?(?:,\d{2})+,\d{3}"  # as in India: 12,34,567
            whole = rf"(?:{groups}|{whole})"
        number = rf"(?:{whole}(?:{point}\d*)?|{point}\d+)(?:[eE][+-]?\d+)?"
        return rf"^[+-]?(?:{number}|(?i:inf|infinity))$"


def in_ascii(texts: pl.Series) -> pl.Series:
    """Write the digits and marks of other scripts, such as Arabic and full-width ones, as those of ASCII."""
    if not texts.str.contains(_OTHERS).any():
        return texts
    return texts.str.replace_many(list(_ASCII), list(_ASCII.values()))


def _negative(text: pl.Expr) -> pl.Expr:
    """Write parentheses and a sign behind as a sign before."""
    return text.str.replace(r"^\(\s*([^()+-]+?)\s*\)$", "-$1").str.replace(r"^([^+-]+?)\s*-$", "-$1")
