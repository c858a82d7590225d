"""Parquet from untrusted places: damaged bytes raise an error and never crash the process."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.arrow_table import refuse_damage, refuse_names_twice, to_frame
from outcross.resources.sources.formats.bounds import Unpacking, rows_at_once
from outcross.resources.sources.formats.contract import (
    DEFAULT_OPTIONS,
    BadLine,
    Block,
    ReadLimits,
    ReadOptions,
    RowFormat,
)
from outcross.resources.sources.formats.parquet_contents import count_contents
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


_ROWS_OF_DELTAS = 256
"""Rows that are unpacked at one time where texts are stored as what differs from the one before: each may be long."""


class Parquet(RowFormat):
    """Apache Parquet."""

    name = "parquet"
    suffixes = (".parquet", ".pq")

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file with its own types; there are no notes."""
        return read_parquet(file, options.rows_limit), []

    def read_as_came(self, file: SourceFile, options: ReadOptions, bad: list[BadLine] | None = None) -> "pa.Table":
        """Read a file's columns with the types of Arrow that it states; there are no bad lines."""
        del bad
        return _read_table(file, options.rows_limit)

    def blocks(
        self, file: SourceFile, *, rows: int, limits: ReadLimits, options: ReadOptions = DEFAULT_OPTIONS
    ) -> Iterator[Block]:
        """Read a file in blocks of about ``rows`` rows; a file that states more than allowed is refused unread."""
        yield from map(Block, read_parquet_chunks(file, rows=rows, limits=limits))


def read_parquet(file: SourceFile, limit: int | None) -> pl.DataFrame:
    """Read a file through Arrow, which refuses damaged bytes instead of crashing on a false length.

    Args:
        file: the file.
        limit: read the first rows only; None reads all.

    Raises:
        BadInput: the file is not whole Parquet, or has a column name twice.
    """
    with refuse_damage(file, "Parquet"):
        return to_frame(_read_table(file, limit), file)


def _read_table(file: SourceFile, limit: int | None) -> "pa.Table":
    import pyarrow.parquet as pq

    with refuse_damage(file, "Parquet"), pq.ParquetFile(file.binary()) as parquet:
        refuse_names_twice(parquet.schema_arrow.names, file)
        table = parquet.read() if limit is None else _first_rows(parquet, limit)
        _refuse_lost_rows(table.num_rows, parquet.metadata.num_rows, limit, file)
        return table


def read_parquet_chunks(file: SourceFile, *, rows: int, limits: ReadLimits) -> Iterator[pl.DataFrame]:
    """Read a file in blocks of rows; one that holds more than allowed is refused by counting, before it is unpacked.

    Args:
        file: the file.
        rows: rows of a block, at most.
        limits: rows, columns, cells and unpacked bytes allowed; ``text_bytes`` limits what a container such as gzip
            unpacks to.

    Raises:
        BadInput: as :func:`read_parquet` does; or the file states or holds more than allowed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with refuse_damage(file, "Parquet"):
        source = file.binary(limits.text_bytes)
        with pq.ParquetFile(source) as parquet:
            contents = count_contents(parquet, source, limits, file.name)
            schema = parquet.schema_arrow
            refuse_names_twice(schema.names, file)
        at_once = rows_at_once(rows, columns=contents.columns, row_bytes=contents.fixed_bytes)
        if contents.has_deltas:
            at_once = min(at_once, _ROWS_OF_DELTAS)
        unpacking = Unpacking(limits.table, file.name)
        with pq.ParquetFile(source, read_dictionary=contents.dictionaries) as parquet:
            read = 0
            for batch in parquet.iter_batches(at_once):
                read += batch.num_rows
                for piece in unpacking.cut(batch, rows):
                    yield to_frame(_written_out(pa.Table.from_batches([piece]), schema), file)
            _refuse_lost_rows(read, contents.rows, None, file)


def _written_out(table: "pa.Table", schema: "pa.Schema") -> "pa.Table":
    """Return the columns with the types that the file states: those that were read as dictionaries are written out."""
    import pyarrow as pa

    columns = [
        column if column.type == field.type else _decoded(column, field.type)
        for column, field in zip(table.columns, schema, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=schema)


def _decoded(column: "pa.ChunkedArray", kind: "pa.DataType") -> "pa.ChunkedArray":
    import pyarrow as pa

    return pa.chunked_array([each.dictionary_decode().cast(kind) for each in column.chunks], type=kind)


def _refuse_lost_rows(found: int, stated: int, limit: int | None, file: SourceFile) -> None:
    """Refuse a file whose pages hold fewer rows than it states: Arrow reports no error for them."""
    expected = stated if limit is None else min(limit, stated)
    if found != expected:
        raise BadInput(
            f"file {file.name!r} cannot be read as Parquet (it states {stated:,} rows; {found:,} of {expected:,} could "
            "be read); write or copy it again"
        )


def _first_rows(parquet: "pq.ParquetFile", limit: int) -> "pa.Table":
    """Read only as many batches as hold the first rows."""
    import pyarrow as pa

    batches, left = [], limit
    for batch in parquet.iter_batches(min(limit, 65_536)):
        batches.append(batch[:left])
        left -= len(batches[-1])
        if left <= 0:
            break
    return pa.Table.from_batches(batches, schema=parquet.schema_arrow)
