"""Check digits of numbers and codes: Luhn, EAN and ISBN-13, ISBN-10, and IBAN (ISO 7064 mod 97-10)."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

MOST_VALUES = 2_000
"""Number of different values that are tried."""
_SEPARATORS = re.compile(r"[ \-]")
_DIGITS = re.compile(r"[0-9]{8,19}")
_EAN = re.compile(r"[0-9]{8}|[0-9]{12,14}")
_ISBN = re.compile(r"[0-9]{9}[0-9Xx]")
_IBAN = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")


def fits_luhn(code: str) -> bool:
    """Return whether 8 to 19 digits end with their Luhn digit, as those of bank cards do (ISO/IEC 7812-1)."""
    if not _DIGITS.fullmatch(code):
        return False
    digits = [int(digit) for digit in reversed(code)]
    doubled = [2 * digit - 9 if digit > 4 else 2 * digit for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def fits_ean(code: str) -> bool:
    """Return whether 8, 12, 13 or 14 digits end with their GTIN check digit; an ISBN-13 is an EAN-13."""
    if not _EAN.fullmatch(code):
        return False
    digits = [int(digit) for digit in reversed(code)]
    return (sum(digits[::2]) + 3 * sum(digits[1::2])) % 10 == 0


def fits_isbn(code: str) -> bool:
    """Return whether nine digits and a digit or X are an ISBN-10."""
    if not _ISBN.fullmatch(code):
        return False
    values = [10 if mark in "Xx" else int(mark) for mark in code]
    return sum(weight * value for weight, value in zip(range(10, 0, -1), values, strict=True)) % 11 == 0


def fits_iban(code: str) -> bool:
    """Return whether a code has the form of an IBAN and the remainder 1 modulo 97 (ISO 13616)."""
    if not _IBAN.fullmatch(code):
        return False
    return int("".join(str(int(mark, 36)) for mark in code[4:] + code[:4])) % 97 == 1


CHECKS: Mapping[str, Callable[[str], bool]] = {
    "IBAN": fits_iban,
    "ISBN-10": fits_isbn,
    "EAN": fits_ean,
    "Luhn": fits_luhn,
}
"""Name → whether a code without spaces and hyphens fits."""


@dataclass(frozen=True)
class CheckDigit:
    """The values of a column have a check digit that fits."""

    column: str
    check: str

    @property
    def name(self) -> str:
        """What is wrong with a row that breaks it."""
        return f"`{self.column}` with a wrong check digit ({self.check})"

    def broken(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows,) whether the check digit of each value is wrong; a missing value has none."""
        codes = _codes(rows[self.column])
        bad = [code for code in codes.unique().drop_nulls() if not CHECKS[self.check](code)]
        wrong: np.ndarray = codes.is_in(pl.Series(bad, dtype=pl.String)).fill_null(value=False).to_numpy()
        return wrong


def find_check(values: pl.Series, column: str, *, holds: float) -> CheckDigit | None:
    """Return the check digit that a column's values have, if any.

    Args:
        values: present values; at least 20 of them differ, so that chance explains no check digit.
        column: its name.
        holds: smallest share of the different values that fit.
    """
    codes = _codes(values).unique().sort()
    tried = codes.gather_every(max(1, len(codes) // MOST_VALUES))
    for name, fits in CHECKS.items():
        wrong, allowed = 0, (1 - holds) * len(tried)
        for code in tried:
            wrong += not fits(code)
            if wrong > allowed:
                break
        else:
            return CheckDigit(column, name)
    return None


def _codes(values: pl.Series) -> pl.Series:
    return values.cast(pl.String).str.replace_all(_SEPARATORS.pattern, "")
