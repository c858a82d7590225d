"""Parquet from untrusted places: damaged bytes raise an error and never crash the process."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.contract import DEFAULT_OPTIONS, ReadLimits, ReadOptions, RowFormat
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

    def blocks(
        self, file: SourceFile, *, rows: int, limits: ReadLimits, options: ReadOptions = DEFAULT_OPTIONS
    ) -> Iterator[pl.DataFrame]:
        """Read a file in blocks of about ``rows`` rows; a file that states more than allowed is refused unread."""
        return read_parquet_chunks(file, rows=rows, most_rows=limits.rows, most_bytes=limits.unpacked_bytes)


def read_parquet(file: SourceFile, limit: int | None) -> pl.DataFrame:
    """Read a file through Arrow, which refuses damaged bytes instead of crashing on a false length.

    Args:
        file: the file.
        limit: read the first rows only; None reads all.

    Raises:
        BadInput: the file is not whole Parquet, or has a column name twice.
    """
    import pyarrow.parquet as pq

    with _refuse_damage(file), pq.ParquetFile(file.binary()) as parquet:
        _refuse_names_twice(parquet.schema_arrow.names, file)
        table = parquet.read() if limit is None else _first_rows(parquet, limit)
        _refuse_lost_rows(table.num_rows, parquet.metadata.num_rows, limit, file)
        return _frame(table)


def read_parquet_chunks(file: SourceFile, *, rows: int, most_rows: int, most_bytes: int) -> Iterator[pl.DataFrame]:
    """Read a file in blocks of rows; a file that states more than allowed is refused unread.

    Args:
        file: the file.
        rows: rows of a block, about.
        most_rows: rows allowed.
        most_bytes: decompressed bytes of the columns allowed.

    Raises:
        BadInput: as :func:`read_parquet` does; or the file states or holds more than allowed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    with _refuse_damage(file), pq.ParquetFile(file.binary()) as parquet:
        _refuse_names_twice(parquet.schema_arrow.names, file)
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
            yield _frame(pa.Table.from_batches([batch]))
        _refuse_lost_rows(read, about.num_rows, None, file)


@contextmanager
def _refuse_damage(file: SourceFile) -> Iterator[None]:
    """Turn every error of a damaged file into one ``BadInput``."""
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
    return frame.with_columns(_as_category(frame[name]) for name in _dictionaries_of_numbers(table.schema))


def _dictionaries_of_numbers(schema: "pa.Schema") -> list[str]:
    """Name the columns of numbers that were written as categories, by Arrow's type or by what pandas says of them."""
    import pyarrow as pa

    def holds_numbers(kind: "pa.DataType") -> bool:
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))

    by_pandas = _categories_of_pandas(schema.metadata)
    return [
        each.name
        for each in schema
        if (pa.types.is_dictionary(each.type) and holds_numbers(each.type.value_type))
        or (each.name in by_pandas and holds_numbers(each.type))
    ]


def _categories_of_pandas(metadata: dict[bytes, bytes] | None) -> set[str]:
    """Name the categories of a frame; damaged metadata names none."""
    try:
        columns = json.loads((metadata or {}).get(b"pandas", b"{}")).get("columns", [])
        return {str(each["name"]) for each in columns if each["pandas_type"] == "categorical"}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return set()


def _as_category(numbers: pl.Series) -> pl.Series:
    whole = numbers.cast(pl.Int64, strict=False)
    return (whole if (whole == numbers).all() else numbers).cast(pl.String).cast(pl.Categorical)


def _without_metadata(table: "pa.Table") -> "pa.Table":
    """Drop the writer's metadata: Arrow allows any bytes in it, and polars panics where they are not UTF-8."""
    import pyarrow as pa

    return pa.Table.from_arrays(table.columns, schema=pa.schema([field.remove_metadata() for field in table.schema]))


def _refuse_names_twice(names: list[str], file: SourceFile) -> None:
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise BadInput(f"file {file.name!r} has a column name twice ({twice[0]!r}); rename one of them")


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
