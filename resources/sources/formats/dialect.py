"""The dialect of delimited text, by its first lines: its separator, and where its table starts."""

import csv
import io
import re
from collections.abc import Sequence
from itertools import islice

from outcross.resources.sources.formats.first_row import COMMENT, is_number

SEPARATORS = (";", "\t", "|", ",")
"""Separators that are looked for where the header is one field."""
LOOSE = (" ", ":")
"""Separators that words hold as well."""
SAMPLE = 200
"""Records by which a dialect is told."""
MOST_PREAMBLE = 40
"""Lines before a table that are looked through."""
_DECLARED = re.compile(r'^"?sep=(.)"?[\r\n]*$', re.IGNORECASE)
_MOSTLY = 0.9


def declared_separator(line: str) -> str | None:
    """Return the separator that a first line ``sep=;`` declares, as Excel writes it; None of another line."""
    found = _DECLARED.match(line)
    return found[1] if found else None


def find_separator(text: str, default: str) -> str | None:
    """Return the separator that a header of one field holds as often as the lines below do; None if there is none.

    Args:
        text: from the header on; separators within quotes do not count.
        default: the separator with which the header is one field.
    """
    header = _records(text, default, 1)
    if not header or len(header[0]) != 1:
        return None
    fields = {each: _common_width(text, each) for each in SEPARATORS if each != default and each in header[0][0]}
    best = max(fields, key=lambda each: fields[each], default=None)
    return best if best is not None and fields[best] > 1 else None


def find_loose_separator(text: str, default: str) -> str | None:
    """Return a space or colon that every line has as often, with a column of numbers; None if there is none.

    A text of one column may hold them as well, so that they only give rise to a question.
    """
    for each in LOOSE:
        records = _records(text, each, SAMPLE)
        if len(records) < 3 or _common_width(text, each, share=1.0) < 2:
            continue
        if len(_records(text, default, 1)[0]) == 1 and any(all(map(is_number, column)) for column in zip(*records[1:])):  # noqa: B905
            return each
    return None


def find_table(text: str, separator: str) -> tuple[int, str] | None:
    """Find the lines before a table whose first lines are a preamble, such as a title or comments.

    Returns the number of lines to skip, and the separator of the table; None where no table starts after a preamble.
    """
    lines = list(islice(io.StringIO(text, newline=""), MOST_PREAMBLE + SAMPLE))
    for skipped in range(min(MOST_PREAMBLE, len(lines) - 1) + 1):
        for each in dict.fromkeys((separator, *SEPARATORS)):
            records = _records("".join(lines[skipped:]), each, SAMPLE)
            if len(records) > 1 and len(records[0]) > 1 and len({len(record) for record in records}) == 1:
                above = _lines_above(lines[skipped:], each)
                return (skipped + above, each) if skipped + above else None
    return None


def find_fitting_separator(text: str, separator: str) -> str | None:
    """Return another separator with which every line has as many fields as the header; None if there is none."""
    for each in SEPARATORS:
        if each != separator and _common_width(text, each, share=1.0) > 1:
            return each
    return None


def _lines_above(lines: Sequence[str], separator: str) -> int:
    """Count the comments, and the lines above a blank line, at the head of lines that all have as many fields."""
    count = 0
    while count < len(lines) and lines[count].startswith(COMMENT):
        count += 1
    blank = next((place for place, line in enumerate(lines[:MOST_PREAMBLE]) if not line.strip()), 0)
    for above in (blank + 1 if blank else 0, count):
        if above and _starts_with_names("".join(lines[above:]), separator):
            return above
    return max(count - 1, 0)


def _starts_with_names(text: str, separator: str) -> bool:
    """Whether lines have rows below a first one that holds no number."""
    records = _records(text, separator, 2)
    return len(records) > 1 and len(records[0]) > 1 and not any(map(is_number, records[0]))


def _common_width(text: str, separator: str, share: float = _MOSTLY) -> int:
    """Return the fields of the header where nearly every line has as many; else 0."""
    records = _records(text, separator, SAMPLE)
    if not records:
        return 0
    others = sum(len(record) != len(records[0]) for record in records)
    allowed = max(1, (1 - share) * len(records)) if share < 1 else 0
    return len(records[0]) if others <= min(allowed, len(records) - 2) else 0


def _records(text: str, separator: str, most: int) -> list[list[str]]:
    """Return the first records that are not blank; of a quotation that is broken, those before it."""
    found: list[list[str]] = []
    try:
        for record in csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True):
            if record:
                found.append(record)
            if len(found) >= most:
                break
    except csv.Error:
        pass
    return found
