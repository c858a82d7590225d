"""Patterns of personal data in texts: e-mail addresses, telephone numbers, payment cards, bank accounts."""

import re
from collections.abc import Callable

import polars as pl

EMAIL = r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"
PHONE = (
    r"(?:\+|\b00)[1-9]\d{0,2}(?:[ ()/.-]{0,2}\d){7,12}\b|\(\d{3}\) ?\d{3}-\d{4}\b|\b[2-9]\d{2}[-. ]\d{3}[-. ]\d{4}\b"
)
CARD = r"\b[3-6]\d{3}(?:[ -]?\d){8,15}\b"
IBAN = r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b"


def personal_data(texts: pl.Series) -> pl.DataFrame:
    """Return, for each kind, which texts hold it: Boolean columns ``email``, ``phone``, ``card``, ``iban``.

    A card number has the check digit of Luhn (ISO/IEC 7812), a bank account that of ISO 13616.
    """
    texts = texts.fill_null("")
    kinds = {
        "email": texts.str.contains(EMAIL),
        "phone": texts.str.replace_all(IBAN, " ").str.contains(PHONE),
        "card": _holds(texts, CARD, is_card),
        "iban": _holds(texts, IBAN, is_iban),
    }
    return pl.DataFrame(kinds)


def _holds(texts: pl.Series, pattern: str, check: Callable[[str], bool]) -> pl.Series:
    found = texts.str.extract_all(pattern)
    return pl.Series([any(check(each) for each in row) for row in found.to_list()], dtype=pl.Boolean)


def is_card(written: str) -> bool:
    """Check the length of a card number, and its last digit by the formula of Luhn."""
    digits = [int(each) for each in re.sub(r"\D", "", written)]
    if not 13 <= len(digits) <= 19:
        return False
    doubled = [digit if place % 2 == 0 else sum(divmod(2 * digit, 10)) for place, digit in enumerate(digits[::-1])]
    return sum(doubled) % 10 == 0


def is_iban(written: str) -> bool:
    """Check the length of an account number, and its check digits modulo 97."""
    plain = written.replace(" ", "")
    if not 15 <= len(plain) <= 34:
        return False
    return int("".join(str(int(each, 36)) for each in plain[4:] + plain[:4])) % 97 == 1
