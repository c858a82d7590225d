"""Parquet from elsewhere, read so that damaged bytes are an error and nothing worse."""

from typing import TYPE_CHECKING

import polars as pl

from resources.errors import BadInput
from resources.sources.locate import Found

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq


def read_parquet(file: Found, limit: int | None) -> pl.DataFrame:
    """Read through Arrow, which refuses damaged bytes: a lying length in them must not take the process down.

    Args:
        file: where it is.
        limit: read the first rows only; None reads all.

    Raises:
        BadInput: it is no whole Parquet file, or names a column twice.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with pq.ParquetFile(file.binary()) as parquet:
            _refuse_names_twice(parquet.schema_arrow.names, file)
            table = parquet.read() if limit is None else _first_rows(parquet, limit)
            _refuse_lost_rows(table.num_rows, parquet.metadata.num_rows, limit, file)
        table.validate(full=True)
        frame = pl.from_arrow(_without_metadata(table))
    except BadInput:
        raise
    except (pa.ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = str(error).split("\n")[0]
        raise BadInput(f"file {file.name!r} cannot be read as Parquet ({reason}); write or copy it again") from error
    assert isinstance(frame, pl.DataFrame)
    return frame


def _without_metadata(table: "pa.Table") -> "pa.Table":
    """Drop what writers note beside the data: Arrow lets it be any bytes, polars panics where it is not UTF-8."""
    import pyarrow as pa

    return pa.Table.from_arrays(table.columns, schema=pa.schema([field.remove_metadata() for field in table.schema]))


def _refuse_names_twice(names: list[str], file: Found) -> None:
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise BadInput(f"file {file.name!r} has a column name twice ({twice[0]!r}); rename one of them")


def _refuse_lost_rows(found: int, stated: int, limit: int | None, file: Found) -> None:
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
