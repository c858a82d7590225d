"""A table in delimited text: its records, the lines that are none, and the names of its columns."""

import csv
import io
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.bounds import refuse_bad_lines
from outcross.resources.sources.formats.contract import BadLine, ReadOptions
from outcross.resources.sources.formats.dialect import declared_separator
from outcross.resources.sources.formats.head import (
    LONGEST_HEAD,
    Head,
    advise,
    choose_separator,
    refuse_strange_header,
)
from outcross.resources.sources.formats.quoted_empty import find_mark, mark_quoted_empty

if TYPE_CHECKING:
    from _csv import Reader


class Table:
    """A table in text: its dialect, header and rows.

    Args:
        text: of the file.
        name: of the file, for messages.
        separator: where the options and the file state none.
        options: of the source.

    Raises:
        BadInput: what separates the fields is doubtful.
    """

    def __init__(self, text: str, name: str, separator: str, options: ReadOptions) -> None:
        self._text, self._name, self._options = text, name, options
        self.notes: list[str] = []
        self._lines = io.StringIO(text, newline="")
        self._skipped = 0
        self._again, self._passed = io.StringIO(text, newline=""), 0
        for _ in range(options.skip_rows):
            self._skip()
        self._separator = self._read_separator(separator)
        self.mark, lines = self._mark_quoted_empty()
        self._reader: Reader = csv.reader(lines, delimiter=self._separator, strict=True)

    @property
    def separator(self) -> str:
        """What separates its fields."""
        return self._separator

    def _mark_quoted_empty(self) -> tuple[str | None, io.StringIO]:
        """Return the mark of quoted empty fields, None where there are none, and the lines with it."""
        mark = find_mark(self._text, self._separator)
        if mark is None:
            return None, self._lines
        place = self._lines.tell()
        marked = mark_quoted_empty(self._lines.read(), self._separator, mark)
        self._lines.seek(place)
        return mark, io.StringIO(marked, newline="")

    def records(self) -> Iterator[list[str]]:
        """Yield the records, without blank lines."""
        try:
            for record in self._reader:
                if record:
                    yield record
        except csv.Error as error:
            also = ", or convert long texts to Parquet or JSON Lines" if "field larger" in str(error) else ""
            raise BadInput(
                f"file {self._name!r}, line {self._line}: {error}; correct the quotation there{also}"
            ) from error

    def rows(self, width: int) -> Iterator[list[str]]:
        """Yield the records that follow, each with as many fields as the header."""
        for record in self.records():
            if len(record) != width:
                raise BadInput(f"file {self._name!r}, line {self._line}: {_lengths(record, width)}{self.advice()}")
            yield record

    def rows_around(self, bad: list[BadLine], width: int) -> Iterator[list[str]]:
        """Yield the records that follow and have as many fields as the header; add the others to the bad lines.

        A quotation that does not end until the file does is an error: it may hold any number of rows.
        """
        records, good = self.records(), int(self._options.header is False)
        while True:
            before = self._reader.line_num
            try:
                record = next(records, None)
            except BadInput as error:
                if "expected after" not in str(error):
                    raise
                self._add(bad, good, before, str(error.__cause__))
                records = self.records()  # the reader goes on with the next line
                continue
            if record is None:
                return
            if len(record) == width:
                good += 1
                yield record
            else:
                self._add(bad, good, before, _lengths(record, width))

    def _add(self, bad: list[BadLine], good: int, before: int, fault: str) -> None:
        bad.append(self._bad_line(good + len(bad), before, fault))
        refuse_bad_lines(len(bad), bad[0].line, self._name)

    def header(self, first: list[str]) -> list[str]:
        """Return the names of the columns, by the first record and the options."""
        options, name = self._options, self._name
        if options.names and len(options.names) != len(first):
            raise BadInput(
                f"file {name!r} has {len(first)} columns, but 'names' has {len(options.names)}; give as many names"
                + self._head().find_start("; or the table")
            )
        if options.header is False:
            if not options.names:
                self.notes.append(
                    f"file {name!r} has no header: its columns are called column_1 to column_{len(first)}"
                )
            return list(options.names) or [f"column_{place}" for place in range(1, len(first) + 1)]
        if options.header is None:
            refuse_strange_header(self._head(), first, lines=self._reader.line_num)
        if not options.names:
            _refuse_twins(first, name)
        return list(options.names) or first

    def advice(self) -> str:
        """Say what may be done about a line of another length."""
        return advise(self._head())

    @property
    def _line(self) -> int:
        return self._reader.line_num + self._skipped

    def _head(self) -> Head:
        """The lines from the table on, as many as tell the dialect."""
        place = self._lines.tell()
        self._lines.seek(0)
        for _ in range(self._skipped):
            self._lines.readline()
        text = self._lines.read(LONGEST_HEAD)
        self._lines.seek(place)
        text = text if len(text) < LONGEST_HEAD else text[: text.rfind("\n") + 1]
        return Head(text, self._name, self._skipped, self._separator, self._options)

    def _skip(self) -> None:
        self._lines.readline()
        self._skipped += 1

    def _read_separator(self, default: str) -> str:
        place = self._lines.tell()
        first = self._lines.readline()
        if (declared := declared_separator(first)) is not None:
            self._skipped += 1
            if self._options.separator is None:
                self.notes.append(f"file {self._name!r}: its first line declares the separator {declared!r}")
            return self._options.separator or declared
        self._lines.seek(place)
        if self._options.separator is not None or (default in first and '"' not in first):
            return self._options.separator or default
        self._separator = default
        separator, notes = choose_separator(self._head(), first)
        self.notes += notes
        return separator

    def _pass(self, lines: int) -> None:
        """Go on to a line in a second reading of the text, whose bad lines come in order."""
        for _ in islice(self._again, lines - self._passed):
            pass
        self._passed = max(self._passed, lines)

    def _bad_line(self, place: int, before: int, fault: str) -> BadLine:
        """The lines of the record that was read last, which begins after ``before`` lines of the reader's."""
        self._pass(before + self._skipped)
        lines = list(islice(self._again, self._line - self._passed))
        self._passed = self._line
        while len(lines) > 1 and not lines[0].strip("\r\n"):
            lines = lines[1:]
        return BadLine(place=place, line=self._line, text="".join(lines).rstrip("\r\n"), fault=fault)


def _refuse_twins(names: Sequence[str], file: str) -> None:
    """Raise ``BadInput`` if a column name occurs twice."""
    if twins := sorted(name for name, count in Counter(names).items() if count > 1):
        raise BadInput(
            f"file {file!r} has more than one column named {twins[0]!r}; rename one of them, or set 'names' for all"
        )


def _lengths(record: list[str], width: int) -> str:
    return f"the line has {len(record)} fields, the header has {width}"
