"""CSV and TSV, read strictly: every value as text, every row as long as the header."""

import csv
import io
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.contract import ReadOptions, RowFormat
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    from _csv import Reader

CHUNK = 50_000
"""Rows held as Python strings at a time."""


class Csv(RowFormat):
    """Fields between commas."""

    name = "csv"
    suffixes = (".csv",)
    untyped = True
    separator: ClassVar[str] = ","

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file with a header into String columns; there is nothing to note."""
        frame = read_delimited(
            file.text(options.text_bytes),
            name=file.name,
            separator=options.separator or self.separator,
            null_values=options.null_values,
            rows_limit=options.rows_limit,
        )
        return frame, []


class Tsv(Csv):
    """Fields between tabs."""

    name = "tsv"
    suffixes = (".tsv",)
    separator = "\t"


def read_delimited(
    text: str, *, name: str, separator: str, null_values: Sequence[str], rows_limit: int | None
) -> pl.DataFrame:
    """Read CSV text with a header into String columns; empty fields and ``null_values`` are null.

    Python's own strict reader is used because a row that is too short is an error here, not a row of nulls.

    Raises:
        BadInput: no header, a name twice in it, a row of another length, a broken quotation; with the line number.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records = _records(reader, name)
    header = next(records, None)
    if header is None:
        raise BadInput(f"file {name!r} holds no header; name a file with data in it")
    _refuse_twins(header, name)
    rows = islice(_of_width(records, reader, header, name), rows_limit)
    schema = dict.fromkeys(header, pl.String())
    chunks = [pl.DataFrame(schema=schema)]
    while chunk := list(islice(rows, CHUNK)):
        chunks.append(pl.DataFrame(dict(zip(header, zip(*chunk, strict=True), strict=True)), schema=schema))
    # By position: a header may hold names that Polars would take for patterns.
    return pl.concat(chunks).with_columns(
        pl.when(~pl.nth(place).is_in(["", *null_values])).then(pl.nth(place)) for place in range(len(header))
    )


def _refuse_twins(names: Sequence[str], file: str) -> None:
    """Raise ``BadInput`` where a column name occurs twice."""
    if twins := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"file {file!r} has more than one column named {twins[0]!r}; rename one of them")


def _records(reader: "Reader", name: str) -> Iterator[list[str]]:
    """Records with the blank lines left out."""
    try:
        for record in reader:
            if record:
                yield record
    except csv.Error as error:
        raise BadInput(f"file {name!r}, line {reader.line_num}: {error}; correct the quotation there") from error


def _of_width(records: Iterator[list[str]], reader: "Reader", header: list[str], name: str) -> Iterator[list[str]]:
    for record in records:
        if len(record) != len(header):
            raise BadInput(
                f"file {name!r}, line {reader.line_num}: {len(record)} fields where the header has {len(header)}; "
                "correct that line, or the separator"
            )
        yield record
