"""Values that YAML reads as its own types, taken as the text that they are in a data file."""

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

_WORDS = {
    "null": ("null", "Null", "NULL", "~"),
    "true": ("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON"),
    "false": ("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF"),
}
"""What YAML reads as null, true and false."""


def as_text(value: Any) -> Any:
    """Return a number, a truth value or null as text; anything else unchanged."""
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return str(value) if isinstance(value, int | float) else value


def text_keys(value: Any) -> Any:
    """Return a mapping with its keys as text; anything else unchanged."""
    return {as_text(key): each for key, each in value.items()} if isinstance(value, Mapping) else value


def null_word(value: Any) -> Any:
    """Return ``null`` for null; anything else unchanged."""
    return "null" if value is None else value


def _spellings(value: Any) -> Any:
    """Return every text that a value of a list may be in the data file: YAML tells ``yes`` from ``true`` no more."""
    if not isinstance(value, list | tuple):
        return value
    texts: list[Any] = []
    for each in value:
        text = as_text(each)
        texts += _WORDS[text] if each is None or isinstance(each, bool) else [text]
    return list(dict.fromkeys(texts))


TextValues = Annotated[list[str], BeforeValidator(_spellings)]
"""A list of values as the data file has them."""
NullValues = Annotated[list[str] | dict[str, TextValues], BeforeValidator(lambda value: _spellings(text_keys(value)))]
"""Values that mean a missing value: a list for all columns, or column → list."""
