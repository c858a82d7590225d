"""What a first row of delimited text is: names, data, a comment, or names above a row of units."""

import re
from collections.abc import Sequence
from itertools import pairwise

FEWEST_ROWS = 5
"""Fewest rows with which words in the first row are held against the values below them."""
COMMENT = ("#", "//", "%")
"""What a line of comment starts with."""
_NUMBER = re.compile(r"\s*[+-]?(\d[\d .,]*|\.\d+)([eE][+-]?\d+)?\s*%?\s*|\s*\d{4}-\d\d-\d\d([T ].*)?\s*")
_MISSING = frozenset({"", "?", "na", "n/a", "nan", "null", "none", "-"})


def is_comment(header: Sequence[str], records: Sequence[Sequence[str]]) -> bool:
    """Whether a first row is a comment above the header: the second row has words where those below have numbers."""
    if not header or not header[0].lstrip().startswith(COMMENT) or len(records) < 2:
        return False
    second, rest = records[0], records[1:]
    return not any(map(is_number, second)) and any(is_number(field) for record in rest for field in record)


def find_data(header: Sequence[str], records: Sequence[Sequence[str]]) -> list[int]:
    """Return the places of a first row that look like data, where the row does; else none.

    It looks like data where it has numbers above numbers, and mostly words that occur below them.

    Whole numbers that count up by one are names (pixels, years), and so are numbers beside other names.

    Args:
        header: the first row.
        records: those below it, of the same length.
    """
    rows = [record for record in records if len(record) == len(header) and list(record) != list(header)]
    if not rows or _counts_up([name for name in header if name.strip()]):
        return []
    found, words, alike = list[int](), 0, 0
    for place, name in enumerate(header):
        values = [record[place] for record in rows if record[place].strip().lower() not in _MISSING]
        if name.strip().lower() in _MISSING or not values:
            continue
        if all(map(is_number, values)):
            if not is_number(name):
                return []
            found.append(place)
        else:
            words += 1
            if len(rows) >= FEWEST_ROWS and name in values:
                alike += 1
                found.append(place)
    return found if 2 * alike >= words and 2 * len(found) >= len(header) else []


def are_units(header: Sequence[str], records: Sequence[Sequence[str]]) -> bool:
    """Whether the first row below a header is of units, or a second header: words above two columns of numbers.

    Args:
        header: the first row, of which none is a number.
        records: those below it.
    """
    rows = [record for record in records if len(record) == len(header)]
    if len(rows) <= FEWEST_ROWS or rows[0] != records[0] or any(map(is_number, header)):
        return False
    words = 0
    for first, *others in zip(*rows, strict=True):
        values = [value for value in others if value.strip().lower() not in _MISSING]
        if values and all(map(is_number, values)):
            if is_number(first):
                return False
            words += first.strip().lower() not in _MISSING
    return words > 1


def is_number(field: str) -> bool:
    """Whether a field is a number or an ISO date."""
    return _NUMBER.fullmatch(field) is not None


def _counts_up(names: Sequence[str]) -> bool:
    try:
        numbers = [int(name) for name in names]
    except ValueError:
        return False
    return len(numbers) > 1 and all(after == before + 1 for before, after in pairwise(numbers))
