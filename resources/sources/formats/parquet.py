"""Parquet from elsewhere, read so that damaged bytes are an error and nothing worse."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.contract import ReadLimits, ReadOptions, RowFormat
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


class Parquet(RowFormat):
    """Apache Parquet."""

    name = "parquet"
    suffixes = (".parquet", ".pq")

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file in its own types; there is nothing to note."""
        return read_parquet(file, options.rows_limit), []

    def blocks(self, file: SourceFile, *, rows: int, limits: ReadLimits) -> Iterator[pl.DataFrame]:
        """Read a file about so many rows at a time, and none of one that states more than is allowed."""
        return read_parquet_chunks(file, rows=rows, most_rows=limits.rows, most_bytes=limits.unpacked_bytes)


def read_parquet(file: SourceFile, limit: int | None) -> pl.DataFrame:
    """Read through Arrow, which refuses damaged bytes: a lying length in them must not take the process down.

    Args:
        file: where it is.
        limit: read the first rows only; None reads all.

    Raises:
        BadInput: it is no whole Parquet file, or names a column twice.
    """
    import pyarrow.parquet as pq

    with _refuse_damage(file), pq.ParquetFile(file.binary()) as parquet:
        _refuse_names_twice(parquet.schema_arrow.names, file)
        table = parquet.read() if limit is None else _first_rows(parquet, limit)
        _refuse_lost_rows(table.num_rows, parquet.metadata.num_rows, limit, file)
        return _frame(table)


def read_parquet_chunks(file: SourceFile, *, rows: int, most_rows: int, most_bytes: int) -> Iterator[pl.DataFrame]:
    """Read some rows at a time, and none of a file that states more than is allowed.

    Args:
        file: where it is.
        rows: at a time, about.
        most_rows: allowed.
        most_bytes: of the columns, decompressed, allowed.

    Raises:
        BadInput: as :func:`read_parquet` does; or the file states more than is allowed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with _refuse_damage(file), pq.ParquetFile(file.binary()) as parquet:
        _refuse_names_twice(parquet.schema_arrow.names, file)
        about = parquet.metadata
        unpacked = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
        for stated, most, unit in ((about.num_rows, most_rows, "rows"), (unpacked, most_bytes, "bytes, unpacked,")):
            if stated > most:
                raise BadInput(f"file {file.name!r} states {stated:,} {unit} where {most:,} are allowed; split it")
        read = 0
        for batch in parquet.iter_batches(rows):
            read += batch.num_rows
            if batch.nbytes > most_bytes or read > most_rows:
                raise BadInput(
                    f"file {file.name!r} unpacks to more than the {most_rows:,} rows or {most_bytes:,} bytes that are "
                    "allowed; split it"
                )
            yield _frame(pa.Table.from_batches([batch]))
        _refuse_lost_rows(read, about.num_rows, None, file)


@contextmanager
def _refuse_damage(file: SourceFile) -> Iterator[None]:
    """Turn whatever a damaged file brings up into one error."""
    import pyarrow as pa

    try:
        yield
    except BadInput:
        raise
    except (pa.ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = str(error).split("\n")[0]
        raise BadInput(f"file {file.name!r} cannot be read as Parquet ({reason}); write or copy it again") from error


def _frame(table: "pa.Table") -> pl.DataFrame:
    table.validate(full=True)
    frame = pl.from_arrow(_without_metadata(table))
    assert isinstance(frame, pl.DataFrame)
    return frame


def _without_metadata(table: "pa.Table") -> "pa.Table":
    """Drop what writers note beside the data: Arrow lets it be any bytes, polars panics where it is not UTF-8."""
    import pyarrow as pa

    return pa.Table.from_arrays(table.columns, schema=pa.schema([field.remove_metadata() for field in table.schema]))


def _refuse_names_twice(names: list[str], file: SourceFile) -> None:
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise BadInput(f"file {file.name!r} has a column name twice ({twice[0]!r}); rename one of them")


def _refuse_lost_rows(found: int, stated: int, limit: int | None, file: SourceFile) -> None:
    """Refuse pages that hold fewer rows than the file says: Arrow passes over them without a word."""
    expected = stated if limit is None else min(limit, stated)
    if found != expected:
        raise BadInput(
            f"file {file.name!r} cannot be read as Parquet (it states {stated:,} rows, of which {found:,} of "
            f"{expected:,} can be read); write or copy it again"
        )


def _first_rows(parquet: "pq.ParquetFile", limit: int) -> "pa.Table":
    """As few batches as hold them."""
    import pyarrow as pa

    batches, left = [], limit
    for batch in parquet.iter_batches(min(limit, 65_536)):
        batches.append(batch[:left])
        left -= len(batches[-1])
        if left <= 0:
            break
    return pa.Table.from_batches(batches, schema=parquet.schema_arrow)
