"""Parquet from untrusted places: damaged bytes raise an error and never crash the process."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.arrow_table import refuse_damage, refuse_names_twice, to_frame
from outcross.resources.sources.formats.contract import (
    DEFAULT_OPTIONS,
    BadLine,
    Block,
    ReadLimits,
    ReadOptions,
    RowFormat,
)
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


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
    """Read a file in blocks of rows; a file that states more than allowed is refused unread.

    Args:
        file: the file.
        rows: rows of a block, about.
        limits: rows and decompressed bytes allowed; ``text_bytes`` limits what a container such as gzip unpacks to.

    Raises:
        BadInput: as :func:`read_parquet` does; or the file states or holds more than allowed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    most_rows, most_bytes = limits.rows, limits.unpacked_bytes
    with refuse_damage(file, "Parquet"), pq.ParquetFile(file.binary(limits.text_bytes)) as parquet:
        refuse_names_twice(parquet.schema_arrow.names, file)
        about = parquet.metadata
        unpacked = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
        for stated, most, unit in ((about.num_rows, most_rows, "rows"), (unpacked, most_bytes, "bytes, unpacked,")):
            if stated > most:
                raise BadInput(f"file {file.name!r} states {stated:,} {unit} but {most:,} are allowed; split it")
        read = 0
        for batch in parquet.iter_batches(rows):
            read += batch.num_rows
            if batch.nbytes > most_bytes or read > most_rows:
                raise BadInput(
                    f"file {file.name!r} unpacks to more than {most_rows:,} rows or {most_bytes:,} bytes, the most "
                    "allowed; split it"
                )
            yield to_frame(pa.Table.from_batches([batch]), file)
        _refuse_lost_rows(read, about.num_rows, None, file)


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
