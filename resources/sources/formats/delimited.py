"""CSV and TSV, read strictly: every value is text, and every row has as many fields as the header."""

import csv
import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain, islice
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.contract import (
    DEFAULT_OPTIONS,
    BadLine,
    Block,
    ReadLimits,
    ReadOptions,
    RowFormat,
    cut_into_blocks,
    within,
)
from outcross.resources.sources.formats.dialect import (
    SAMPLE,
    SEPARATORS,
    are_units,
    declared_separator,
    find_fitting_separator,
    find_loose_separator,
    find_separator,
    find_table,
    is_comment,
    is_data,
)
from outcross.resources.sources.formats.quoted_empty import find_mark, mark_quoted_empty
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    from _csv import Reader

CHUNK = 50_000
"""Rows that are Python strings at one time."""
LONGEST_FIELD = 2**27
"""Characters that a field may have."""
_HEAD = 2**20
"""Characters of a file that hold the lines by which its dialect is told."""
_NAMED = 20
"""Most names that a message writes out."""
_SAID = {"\t": '"\\t"'}


class Csv(RowFormat):
    """Comma-separated values."""

    name = "csv"
    suffixes: ClassVar[tuple[str, ...]] = (".csv",)
    untyped = True
    separator: ClassVar[str] = ","

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file into String columns; notes tell a separator that was found, and names that were made."""
        text = file.text(options.text_bytes, options.encoding)
        return read_delimited(text, name=file.name, separator=self.separator, options=options)

    def blocks(
        self, file: SourceFile, *, rows: int, limits: ReadLimits, options: ReadOptions = DEFAULT_OPTIONS
    ) -> Iterator[Block]:
        """Read a file in blocks of rows; lines of another length than the header's are bad lines."""
        bad: list[BadLine] = []
        text = file.text(limits.text_bytes, options.encoding)
        options = within(options, limits)
        frame, _ = read_delimited(text, name=file.name, separator=self.separator, options=options, bad=bad)
        yield from cut_into_blocks(frame, bad, rows)


class Tsv(Csv):
    """Tab-separated values."""

    name = "tsv"
    suffixes = (".tsv", ".tab")
    separator = "\t"


def read_delimited(
    text: str,
    *,
    name: str,
    separator: str = ",",
    options: ReadOptions = DEFAULT_OPTIONS,
    bad: list[BadLine] | None = None,
) -> tuple[pl.DataFrame, list[str]]:
    """Read delimited text into String columns, with notes; empty fields and ``null_values`` are null.

    A quoted empty field is an empty text.

    Python's own strict reader is used because a short row must be an error here, not a row of nulls.

    Args:
        text: of the file.
        name: of the file, for messages.
        separator: where the options and the file state none.
        options: of the source.
        bad: takes the lines that are no rows; if None, the first of them is an error.

    Raises:
        BadInput: there is no header, a column name occurs twice, a row has another length, or a quotation is broken;
            the message gives the line number.
    """
    with _long_fields():
        return _read_table(_Table(text, name, separator, options), name, options, bad)


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let fields be longer than the limit of Python's reader: a text may be a book."""
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _read_table(
    table: "_Table", name: str, options: ReadOptions, bad: list[BadLine] | None
) -> tuple[pl.DataFrame, list[str]]:
    first = next(table.records(), None)
    if first is None:
        raise BadInput(f"file {name!r} has no header; name a file with data in it, or correct 'skip_rows'")
    header = table.header(["" if name == table.mark else name for name in first])
    rows = table.rows(len(first)) if bad is None else table.rows_around(bad, len(first))
    if options.header is False:
        rows = chain([first], rows)
    frame = _frame(header, islice(rows, options.rows_limit), options.null_values, table.mark)
    if bad and not frame.height:
        raise BadInput(f"file {name!r}, line {bad[0].line}: {bad[0].fault}{table.advice()}")
    return frame, table.notes


class _Table:
    """A table in text: its dialect, header and rows."""

    def __init__(self, text: str, name: str, separator: str, options: ReadOptions) -> None:
        self._text, self._name, self._options = text, name, options
        self.notes: list[str] = []
        self._lines = io.StringIO(text, newline="")
        self._skipped = 0
        self._every: list[str] = []
        for _ in range(options.skip_rows):
            self._skip()
        self._separator = self._find_separator(separator)
        self.mark, lines = self._mark_quoted_empty()
        self._reader: Reader = csv.reader(lines, delimiter=self._separator, strict=True)

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
                bad.append(self._bad_line(good + len(bad), before, str(error.__cause__)))
                records = self.records()  # the reader goes on with the next line
                continue
            if record is None:
                return
            if len(record) == width:
                good += 1
                yield record
            else:
                bad.append(self._bad_line(good + len(bad), before, _lengths(record, width)))

    def header(self, first: list[str]) -> list[str]:
        """Return the names of the columns, by the first record and the options."""
        options, name = self._options, self._name
        if options.names and len(options.names) != len(first):
            raise BadInput(
                f"file {name!r} has {len(first)} columns, but 'names' has {len(options.names)}; give as many names"
                + self._preamble("; or the table")
            )
        if options.header is False:
            if not options.names:
                self.notes.append(
                    f"file {name!r} has no header: its columns are called column_1 to column_{len(first)}"
                )
            return list(options.names) or [f"column_{place}" for place in range(1, len(first) + 1)]
        if options.header is None:
            self._refuse_strange_header(first)
        if not options.names:
            _refuse_twins(first, name)
        return list(options.names) or first

    def advice(self) -> str:
        """Say what may be done about a line of another length."""
        head = self._head()
        if (found := self._preamble("; the table")) or self._options.separator is not None:
            return f"; correct that line{found}" if found else "; correct that line or 'separator'"
        if (other := find_fitting_separator(head, self._separator)) is not None:
            return f"; every line has as many fields with another separator: set 'separator: {_said(other)}'"
        return "; correct that line or 'separator'"

    @property
    def _line(self) -> int:
        return self._reader.line_num + self._skipped

    def _head(self) -> str:
        """The text from the table on, as much of it as tells the dialect."""
        place = self._lines.tell()
        self._lines.seek(0)
        for _ in range(self._skipped):
            self._lines.readline()
        head = self._lines.read(_HEAD)
        self._lines.seek(place)
        return head if len(head) < _HEAD else head[: head.rfind("\n") + 1]

    def _skip(self) -> None:
        self._lines.readline()
        self._skipped += 1

    def _find_separator(self, default: str) -> str:
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
        found = find_separator(self._head(), default)
        if found is None:
            self._refuse_title(first, default)
            self._doubt(first, default)
            return default
        self.notes.append(
            f"file {self._name!r}: the header is one field with {default!r}, so {found!r} separates fields"
        )
        return found

    def _refuse_title(self, first: str, default: str) -> None:
        """Refuse a first line of one field above lines that all have several with another separator."""
        found = find_table(self._head(), default)
        if found is None or found[1] == default or default in first or self._options.names:
            return
        rows, separator = found
        line, skip = self._skipped + rows + 1, self._options.skip_rows + rows
        raise BadInput(
            f"file {self._name!r}: its first line is one field, and those from line {line} on have several, separated "
            f"by {separator!r}; set 'skip_rows: {skip}' and 'separator: {_said(separator)}', or 'separator: "
            f"{_said(default)}' if it has one column"
        )

    def _doubt(self, first: str, default: str) -> None:
        """Refuse one field that spaces or colons seem to divide; note one with another separator in it."""
        if default in first:
            return
        if (found := find_loose_separator(self._head(), default)) is not None:
            raise BadInput(
                f"file {self._name!r}: every line is one field, and {found!r} divides each into as many; set "
                f"'separator: {_said(found)}', or 'separator: {_said(default)}' if it has one column"
            )
        if any(each in first for each in SEPARATORS if each != default):
            self.notes.append(
                f"file {self._name!r}: the header {first.strip()[:60]!r} is read as one column, since the lines below "
                "are not divided alike; set 'separator' if they are several"
            )

    def _preamble(self, start: str) -> str:
        """Say where the table seems to start, if that is after a preamble."""
        found = find_table(self._head(), self._separator)
        if found is None:
            return ""
        rows, separator = found
        also = f" and 'separator: {_said(separator)}'" if separator != self._separator else ""
        line, skip = self._skipped + rows + 1, self._options.skip_rows + rows
        return f"{start} seems to start at line {line}: set 'skip_rows: {skip}'{also}"

    def _refuse_strange_header(self, first: list[str]) -> None:
        """Refuse a first row that looks like data, or like a comment above the header."""
        if self._options.names:
            return
        reader = csv.reader(io.StringIO(self._head(), newline=""), delimiter=self._separator)
        try:
            records = [record for record in islice(reader, SAMPLE) if record][1:]
        except csv.Error:
            return
        if is_comment(first, records):
            start = self._preamble("; the table") or f"; set 'skip_rows: {self._options.skip_rows + 1}'"
            raise BadInput(f"file {self._name!r}: its first row is a comment, not the header{start}")
        if are_units(first, records):
            skip = self._line if self._reader.line_num == 1 else 1
            named = [json.dumps(name, ensure_ascii=False) for name in first[:_NAMED]]
            names = ", ".join(named) + (", …" if len(first) > _NAMED else "")
            raise BadInput(
                f"file {self._name!r}: the row below its header has units or further names, not values "
                f"({', '.join(map(repr, records[0][:4]))}); delete it, or set 'skip_rows: {skip + 1}', 'header: false' "
                f"and 'names: [{names}]' for {len(first)} columns, or 'header: true' if it has values"
            )
        if is_data(first, records):
            names = ", ".join(f"column_{place}" for place in range(1, min(len(first), 3) + 1))
            more = ", …" if len(first) > 3 else ""
            raise BadInput(
                f"file {self._name!r}: its first row looks like data, not like names ({', '.join(map(repr, first[:4]))}"
                f"); set 'header: false' and 'names: [{names}{more}]' for {len(first)} columns, or 'header: true' if "
                "these are the names"
            )

    def _bad_line(self, place: int, before: int, fault: str) -> BadLine:
        """The lines of the record that was read last, which begins after ``before`` lines of the reader's."""
        if not self._every:
            self._every = list(io.StringIO(self._text, newline=""))
        lines = self._every[before + self._skipped : self._line]
        while len(lines) > 1 and not lines[0].strip("\r\n"):
            lines = lines[1:]
        return BadLine(place=place, line=self._line, text="".join(lines).rstrip("\r\n"), fault=fault)


def _frame(
    header: Sequence[str], rows: Iterator[list[str]], null_values: Sequence[str], mark: str | None
) -> pl.DataFrame:
    schema = dict.fromkeys(header, pl.String())
    chunks = [pl.DataFrame(schema=schema)]
    while chunk := list(islice(rows, CHUNK)):
        chunks.append(pl.DataFrame(dict(zip(header, zip(*chunk, strict=True), strict=True)), schema=schema))
    # By position, because Polars would read some names in a header as patterns.
    frame = pl.concat(chunks).with_columns(
        pl.when(~pl.nth(place).is_in(["", *null_values])).then(pl.nth(place)) for place in range(len(header))
    )
    if mark is None:
        return frame
    empty = pl.lit(None if "" in null_values else "", dtype=pl.String)
    return frame.with_columns(
        pl.when(pl.nth(place) == mark).then(empty).otherwise(pl.nth(place)).name.keep() for place in range(len(header))
    )


def _refuse_twins(names: Sequence[str], file: str) -> None:
    """Raise ``BadInput`` if a column name occurs twice."""
    if twins := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(
            f"file {file!r} has more than one column named {twins[0]!r}; rename one of them, or set 'names' for all"
        )


def _lengths(record: list[str], width: int) -> str:
    return f"the line has {len(record)} fields, the header has {width}"


def _said(separator: str) -> str:
    """A separator as YAML states it."""
    return _SAID.get(separator, f'"{separator}"')
