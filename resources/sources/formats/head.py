"""The first lines of delimited text: what they say of its dialect, and refusals of what they leave in doubt."""

import csv
import io
import json
from dataclasses import dataclass
from itertools import islice

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.contract import ReadOptions
from outcross.resources.sources.formats.dialect import (
    SAMPLE,
    SEPARATORS,
    find_fitting_separator,
    find_loose_separator,
    find_separator,
    find_table,
)
from outcross.resources.sources.formats.first_row import are_units, find_data, is_comment

LONGEST_HEAD = 2**20
"""Characters of a file that hold the lines by which its dialect is told."""
_NAMED = 20
"""Most names that a message writes out."""
_SAID = {"\t": '"\\t"'}


@dataclass(frozen=True)
class Head:
    """The first lines of a table in a file.

    Attributes:
        text: from the table on.
        name: of the file.
        skipped: lines above.
        separator: between fields.
        options: of the source.
    """

    text: str
    name: str
    skipped: int
    separator: str
    options: ReadOptions

    def find_start(self, start: str) -> str:
        """Say where the table seems to start, if that is after a preamble."""
        found = find_table(self.text, self.separator)
        if found is None:
            return ""
        rows, separator = found
        also = f" and 'separator: {_say(separator)}'" if separator != self.separator else ""
        line, skip = self.skipped + rows + 1, self.options.skip_rows + rows
        return f"{start} seems to start at line {line}: set 'skip_rows: {skip}'{also}"


def choose_separator(head: Head, first: str) -> tuple[str, list[str]]:
    """Choose the separator of a table whose first line does not show the usual one, with notes.

    Args:
        head: with the usual separator.
        first: the first line.

    Raises:
        BadInput: the lines below are divided by another, or by spaces or colons.
    """
    found = find_separator(head.text, head.separator)
    if found is None:
        _refuse_title(head, first)
        return head.separator, _doubt(head, first)
    return found, [
        f"file {head.name!r}: the header is one field with {head.separator!r}, so {found!r} separates fields"
    ]


def _refuse_title(head: Head, first: str) -> None:
    """Refuse a first line of one field above lines that all have several with another separator."""
    found = find_table(head.text, head.separator)
    if found is None or found[1] == head.separator or head.separator in first or head.options.names:
        return
    rows, separator = found
    line, skip = head.skipped + rows + 1, head.options.skip_rows + rows
    raise BadInput(
        f"file {head.name!r}: its first line is one field, and those from line {line} on have several, separated "
        f"by {separator!r}; set 'skip_rows: {skip}' and 'separator: {_say(separator)}', or 'separator: "
        f"{_say(head.separator)}' if it has one column"
    )


def _doubt(head: Head, first: str) -> list[str]:
    """Refuse one field that spaces or colons seem to divide; note one with another separator in it."""
    if head.separator in first:
        return []
    if (found := find_loose_separator(head.text, head.separator)) is not None:
        raise BadInput(
            f"file {head.name!r}: every line is one field, and {found!r} divides each into as many; set "
            f"'separator: {_say(found)}', or 'separator: {_say(head.separator)}' if it has one column"
        )
    if any(each in first for each in SEPARATORS if each != head.separator):
        return [
            f"file {head.name!r}: the header {first.strip()[:60]!r} is read as one column, since the lines below "
            "are not divided alike; set 'separator' if they are several"
        ]
    return []


def advise(head: Head) -> str:
    """Say what may be done about a line of another length."""
    if (found := head.find_start("; the table")) or head.options.separator is not None:
        return f"; correct that line{found}" if found else "; correct that line or 'separator'"
    if (other := find_fitting_separator(head.text, head.separator)) is not None:
        return f"; every line has as many fields with another separator: set 'separator: {_say(other)}'"
    return "; correct that line or 'separator'"


def refuse_strange_header(head: Head, first: list[str], *, lines: int) -> None:
    """Refuse a first row that looks like data, or like a comment above the header, or one above units.

    Args:
        head: of the text.
        first: the row.
        lines: that it has.
    """
    if head.options.names:
        return
    reader = csv.reader(io.StringIO(head.text, newline=""), delimiter=head.separator)
    try:
        records = [record for record in islice(reader, SAMPLE) if record][1:]
    except csv.Error:
        return
    if is_comment(first, records):
        start = head.find_start("; the table") or f"; set 'skip_rows: {head.options.skip_rows + 1}'"
        raise BadInput(f"file {head.name!r}: its first row is a comment, not the header{start}")
    if are_units(first, records):
        skip = head.skipped + 1 if lines == 1 else 1
        named = [json.dumps(name, ensure_ascii=False) for name in first[:_NAMED]]
        names = ", ".join(named) + (", …" if len(first) > _NAMED else "")
        raise BadInput(
            f"file {head.name!r}: the row below its header has units or further names, not values "
            f"({', '.join(map(repr, records[0][:4]))}); delete it, or set 'skip_rows: {skip + 1}', 'header: false' "
            f"and 'names: [{names}]' for {len(first)} columns, or 'header: true' if it has values"
        )
    if find_data(first, records):
        names = ", ".join(f"column_{place}" for place in range(1, min(len(first), 3) + 1))
        more = ", …" if len(first) > 3 else ""
        raise BadInput(
            f"file {head.name!r}: its first row looks like data, not like names ({', '.join(map(repr, first[:4]))}"
            f"); set 'header: false' and 'names: [{names}{more}]' for {len(first)} columns, or 'header: true' if "
            "these are the names"
        )


def _say(separator: str) -> str:
    """A separator as YAML states it."""
    return _SAID.get(separator, f'"{separator}"')
