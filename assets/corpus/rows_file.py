"""Write rows to a local Parquet file chunk by chunk, then copy the complete file into the store."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from outcross.assets.corpus.ledger.records import PartRef
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.schema import Schema
from outcross.resources.typed_rows import has_types, to_typed

if TYPE_CHECKING:
    import pyarrow.parquet as pq

PIECE = 2**20
"""Bytes copied at a time."""
ROWS_AT_A_TIME = 2**16


class RowsFile:
    """A local Parquet file that rows are added to chunk by chunk."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows = path, 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, frame: pl.DataFrame) -> None:
        """Write rows."""
        if frame.height:
            self._write(frame)

    def close(self, empty: pl.DataFrame) -> None:
        """Finish the file; if no row was added, it gets the columns of ``empty``."""
        if self._writer is None:
            self._write(empty)
        assert self._writer is not None
        self._writer.close()

    def _write(self, frame: pl.DataFrame) -> None:
        import pyarrow.parquet as pq

        table = frame.to_arrow()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        self._writer.write_table(table)
        self.rows += frame.height


def write_typed(canonical: Path, schema: Schema, *, to: Path) -> Path:
    """Write the rows of a local file with the types that they had in their source, and return that file.

    The file itself is returned where its rows have these types already.
    """
    if not has_types(schema):
        return canonical
    rows, scanned = RowsFile(to), pl.scan_parquet(canonical, glob=False)
    for frame in scanned.collect_batches(chunk_size=ROWS_AT_A_TIME, maintain_order=True):
        rows.add(to_typed(frame, schema))
    rows.close(to_typed(scanned.head(0).collect(), schema))
    return to


def store_part(
    files: CorpusStore, local: Path, path: str, *, rows: int, batch: str, synthetic: int | None = None
) -> PartRef:
    """Copy a local file into the store, under a name that ends in the first digits of its sha256.

    Two writers that race for one version write two different names, or the same name with the same bytes. So no writer
    overwrites a file that a version names.

    Args:
        files: the corpus's folder.
        local: the file to copy.
        path: within the corpus's folder, without extension.
        rows: number of rows in the file.
        batch: of these rows; empty where they belong to several batches.
        synthetic: number of them that are declared synthetic, where it is stated.
    """
    with local.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
    named = f"{path}-{sha256[:12]}.parquet"
    with local.open("rb") as source, files.create(named) as target:
        while piece := source.read(PIECE):
            target.write(piece)
    return PartRef(path=named, sha256=sha256, rows=rows, batch=batch, synthetic=synthetic)
