"""Quoted empty fields of delimited text: ``""`` is an empty text, and nothing between two separators is no value.

Python's reader does not tell them apart, so a quoted empty field is marked before it reads them.
"""

import re

_NONCHARACTERS = range(0xFDD0, 0xFDF0)


def find_mark(text: str, separator: str) -> str | None:
    """Return a character that the text lacks, to mark its quoted empty fields by; None where it has none."""
    between = rf"[{re.escape(separator)}\r\n]"
    if re.search(rf'(?:\A|{between})""(?:{between}|\Z)', text) is None:
        return None
    return next((chr(code) for code in _NONCHARACTERS if chr(code) not in text), None)


def mark_quoted_empty(text: str, separator: str, mark: str) -> str:
    """Write a mark into each quoted empty field; quoted fields are passed over whole, with what they hold."""
    field = re.compile(rf'(\A|[{re.escape(separator)}\r\n])"((?:[^"]|"")*)"')

    def with_mark(found: re.Match[str]) -> str:
        return found[0] if found[2] else f'{found[1]}"{mark}"'

    return field.sub(with_mark, text)
