"""Unquoted values of YAML: those that its versions read alike, and those that they do not."""

import math
import re
from datetime import date, datetime
from typing import Any

from outcross.resources.errors import BadInput

_NULL = ("", "~", "null", "Null", "NULL")
_TRUTH = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_OLD_TRUTH = {
    spelling: truth
    for word, truth in (("yes", "true"), ("on", "true"), ("no", "false"), ("off", "false"))
    for spelling in (word, word.capitalize(), word.upper())
}
"""What YAML 1.1 takes for a truth value, and YAML 1.2 for text."""
_INTEGER = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_DECIMAL = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_PADDED = re.compile(r"[-+]?0[0-9_]+(\.[0-9_]*)?([eE][-+]?[0-9]+)?")
_PARTED = re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?")
_OTHER_BASE = re.compile(r"[-+]?0(x[0-9a-fA-F_]+|b[01_]+|o[0-7_]+)")
_SEXAGESIMAL = re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_TIME = re.compile(
    r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\.[0-9]*)?"
    r"([ \t]*(Z|[-+][0-9]{1,2}(:?[0-9]{2})?))?"
)
_LARGEST = 2**63 - 1


class Ambiguous(BadInput):
    """A value that is not read; the message says why, and what to write."""


def plain_value(text: str) -> Any:
    """Return what an unquoted value is: None, a truth value, a whole or decimal number, a date, a time or text.

    Raises:
        Ambiguous: the versions of YAML read it differently, or it is no number or day that there is.
    """
    if text in _NULL:
        return None
    if text in _TRUTH:
        return _TRUTH[text]
    if text in _OLD_TRUTH:
        raise Ambiguous(
            f"{text} is {_OLD_TRUTH[text]} to some readers of YAML and text to others; write {_OLD_TRUTH[text]}, or "
            f"'{text}' in quotes"
        )
    if text[0] not in "+-.0123456789":
        return text
    return _number_or_day(text)


def _number_or_day(text: str) -> Any:
    if _INTEGER.fullmatch(text):
        return _whole(text)
    if _DECIMAL.fullmatch(text):
        return _decimal(text)
    for pattern, what, instead in (
        (_PADDED, "a number with a zero before it is octal to some readers of YAML", "without the zero"),
        (_OTHER_BASE, "a number to another base than ten is text to some readers of YAML", "in decimal"),
        (_PARTED, "a number with '_' in it is text to some readers of YAML", "without '_'"),
        (_SEXAGESIMAL, "digits with ':' are a number to base 60 to some readers of YAML", "in seconds"),
        (_NOT_FINITE, "it is no finite number", "as a number"),
    ):
        if pattern.fullmatch(text):
            raise Ambiguous(f"{text}: {what}; write it {instead}, or '{text}' in quotes")
    if _DATE.fullmatch(text) or _TIME.fullmatch(text):
        return _day(text)
    return text


def _whole(text: str) -> int:
    if len(text) > 20 or abs(int(text)) > _LARGEST:
        raise Ambiguous(f"{text:.24}… is beyond the whole numbers of 64 bits; write a smaller one, or put it in quotes")
    return int(text)


def _decimal(text: str) -> float | str:
    """Return a decimal number; one without a point, such as ``1e-3``, is text, which settings of numbers read alike."""
    if math.isinf(float(text)):
        raise Ambiguous(f"{text:.24} is beyond the numbers of 64 bits; write a smaller one, or put it in quotes")
    return float(text) if "." in text else text


def _day(text: str) -> date | datetime:
    try:
        if _DATE.fullmatch(text):
            return date.fromisoformat(text)
        return datetime.fromisoformat(text.replace(" Z", "Z"))
    except ValueError as error:
        raise Ambiguous(f"{text}: {error}; correct the date, or put it in quotes") from None
