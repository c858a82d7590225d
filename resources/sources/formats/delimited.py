"""CSV and TSV, read strictly: every value is text, and every row has as many fields as the header."""

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
"""Rows that are Python strings at one time."""


class Csv(RowFormat):
    """Comma-separated values."""

    name = "csv"
    suffixes = (".csv",)
    untyped = True
    separator: ClassVar[str] = ","

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file with a header into String columns; there are no notes."""
        frame = read_delimited(
            file.text(options.text_bytes),
            name=file.name,
            separator=options.separator or self.separator,
            null_values=options.null_values,
            rows_limit=options.rows_limit,
        )
        return frame, []


class Tsv(Csv):
    """Tab-separated values."""

    name = "tsv"
    suffixes = (".tsv",)
    separator = "\t"


def read_delimited(
    text: str, *, name: str, separator: str, null_values: Sequence[str], rows_limit: int | None
) -> pl.DataFrame:
    """Read CSV text with a header into String columns; empty fields and ``null_values`` are null.

    Python's own strict reader is used because a short row must be an error here, not a row of nulls.

    Raises:
        BadInput: there is no header, a column name occurs twice, a row has another length, or a quotation is broken;
            the message gives the line number.
    """
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    records = _records(reader, name)
    header = next(records, None)
    if header is None:
        raise BadInput(f"file {name!r} has no header; name a file with data in it")
    _refuse_twins(header, name)
    rows = islice(_of_width(records, reader, header, name), rows_limit)
    schema = dict.fromkeys(header, pl.String())
    chunks = [pl.DataFrame(schema=schema)]
    while chunk := list(islice(rows, CHUNK)):
        chunks.append(pl.DataFrame(dict(zip(header, zip(*chunk, strict=True), strict=True)), schema=schema))
    # By position, because Polars would read some names in a header as patterns.
    return pl.concat(chunks).with_columns(
        pl.when(~pl.nth(place).is_in(["", *null_values])).then(pl.nth(place)) for place in range(len(header))
    )


def _refuse_twins(names: Sequence[str], file: str) -> None:
    """Raise ``BadInput`` if a column name occurs twice."""
    if twins := sorted({name for name in names if names.count(name) > 1}):
        raise BadInput(f"file {file!r} has more than one column named {twins[0]!r}; rename one of them")


def _records(reader: "Reader", name: str) -> Iterator[list[str]]:
    """Yield the records, without blank lines."""
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
                f"file {name!r}, line {reader.line_num}: the line has {len(record)} fields, the header has "
                f"{len(header)}; correct that line or 'separator'"
            )
        yield record
