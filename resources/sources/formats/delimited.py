"""CSV and TSV, read strictly: every value is text, and every row has as many fields as the header."""

import csv
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from outcross.resources.carried.as_came import SEPARATOR
from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.bounds import rows_at_once
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
from outcross.resources.sources.formats.delimited_table import Table
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    import pyarrow as pa

CHUNK = 50_000
"""Rows that are Python strings at one time."""
LONGEST_FIELD = 2**27
"""Characters that a field may have."""


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

    def read_as_came(self, file: SourceFile, options: ReadOptions, bad: list[BadLine] | None = None) -> "pa.Table":
        """Read a file's fields as text, with every word that may mean a missing value; metadata has the separator."""
        text, bare = file.text(options.text_bytes, options.encoding), replace(options, null_values=())
        with _long_fields():
            table = Table(text, file.name, self.separator, bare)
            frame, _ = _read_table(table, file.name, bare, bad)
        return frame.to_arrow().replace_schema_metadata({SEPARATOR: table.separator})

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
        return _read_table(Table(text, name, separator, options), name, options, bad)


@contextmanager
def _long_fields() -> Iterator[None]:
    """Let fields be longer than the limit of Python's reader: a text may be a book."""
    before = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield
    finally:
        csv.field_size_limit(before)


def _read_table(
    table: Table, name: str, options: ReadOptions, bad: list[BadLine] | None
) -> tuple[pl.DataFrame, list[str]]:
    first = next(table.records(), None)
    if first is None:
        raise BadInput(f"file {name!r} has no header; name a file with data in it, or correct 'skip_rows'")
    options.table.refuse_columns(len(first), name)
    header = table.header(["" if name == table.mark else name for name in first])
    rows = table.rows(len(first)) if bad is None else table.rows_around(bad, len(first))
    if options.header is False:
        rows = chain([first], rows)
    counted = _within(islice(rows, options.rows_limit), options, len(first), name)
    frame = _frame(header, counted, options.null_values, table.mark)
    if bad and not frame.height:
        raise BadInput(f"file {name!r}, line {bad[0].line}: {bad[0].fault}{table.advice()}")
    return frame, table.notes


def _within(rows: Iterator[list[str]], options: ReadOptions, columns: int, name: str) -> Iterator[list[str]]:
    """Yield the rows while their cells are as many as are allowed."""
    for count, row in enumerate(rows, start=1):
        options.table.refuse_cells(count, columns, name)
        yield row


def _frame(
    header: Sequence[str], rows: Iterator[list[str]], null_values: Sequence[str], mark: str | None
) -> pl.DataFrame:
    schema = dict.fromkeys(header, pl.String())
    chunks = [pl.DataFrame(schema=schema)]
    at_once = rows_at_once(CHUNK, columns=len(header))
    while chunk := list(islice(rows, at_once)):
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
