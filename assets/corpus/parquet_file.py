"""Read a Parquet file of a corpus chunk by chunk, and raise an error where its bytes are damaged."""

from collections.abc import Iterator, Mapping

import polars as pl

from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import RESTORE, BadInput, Damaged, reason_of
from outcross.resources.store import MissingArtefact
from outcross.resources.system_faults import refuse_to_blame

ROWS_AT_A_TIME = 2**15


def column_names(files: CorpusStore, path: str) -> list[str]:
    """Return the names of a file's columns.

    Raises:
        BadInput: the file is missing, or damaged.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with files.open(path) as source, pq.ParquetFile(source) as parquet:
            return list(parquet.schema_arrow.names)
    except MissingArtefact:
        raise BadInput(f"{path} is missing; restore it from a copy") from None
    except (pa.ArrowException, OSError, ValueError) as error:
        refuse_to_blame(error)
        reason = reason_of(error)
        raise BadInput(f"{path} cannot be read as Parquet ({reason}); restore it from a copy") from None


def read_rows(
    files: CorpusStore, path: str, columns: Mapping[str, pl.DataType], *, rows: int = ROWS_AT_A_TIME
) -> Iterator[pl.DataFrame]:
    """Read columns of a file in the store, in the file's order.

    Args:
        files: the corpus's folder.
        path: within that folder.
        columns: to read, with their types.
        rows: of a chunk.

    Raises:
        Damaged: the file is missing, cannot be read, or lacks a column of that type.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with files.open(path) as source, pq.ParquetFile(source) as parquet:
            if lacking := [name for name in columns if name not in parquet.schema_arrow.names]:
                raise Damaged(files.location(path), f"lacks the column '{lacking[0]}'", RESTORE)
            stated, read = parquet.metadata.num_rows, 0
            for batch in parquet.iter_batches(rows, columns=list(columns), use_threads=False):
                table = pa.Table.from_batches([batch])
                table.validate(full=True)
                frame = pl.from_arrow(table)
                assert isinstance(frame, pl.DataFrame)
                yield frame.select(pl.col(name).cast(dtype) for name, dtype in columns.items())
                read += frame.height
            if read != stated:
                raise Damaged(files.location(path), f"states {stated:,} rows and has {read:,}", RESTORE)
    except (BadInput, Damaged):
        raise
    except MissingArtefact:
        raise Damaged(files.location(path), "is missing", RESTORE) from None
    except (pa.ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        refuse_to_blame(error)
        reason = reason_of(error)
        raise Damaged(files.location(path), f"cannot be read as Parquet ({reason})", RESTORE) from None
