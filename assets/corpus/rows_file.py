"""Rows written to one Parquet file of this machine, some at a time; the file then goes to the store, whole."""

import hashlib
from pathlib import Path
from typing import TYPE_CHECKING

import polars as pl

from outcross.assets.corpus.ledger.version import PartRef
from outcross.resources.corpus_store import CorpusStore

if TYPE_CHECKING:
    import pyarrow.parquet as pq

PIECE = 2**20
"""Bytes copied at a time."""


class RowsFile:
    """Rows written to one Parquet file, some at a time."""

    def __init__(self, path: Path) -> None:
        self.path, self.rows = path, 0
        self._writer: pq.ParquetWriter | None = None

    def add(self, frame: pl.DataFrame) -> None:
        """Write rows."""
        if frame.height:
            self._write(frame)

    def close(self, nothing: pl.DataFrame) -> None:
        """Finish the file; without rows it has the columns of ``nothing``."""
        if self._writer is None:
            self._write(nothing)
        assert self._writer is not None
        self._writer.close()

    def _write(self, frame: pl.DataFrame) -> None:
        import pyarrow.parquet as pq

        table = frame.to_arrow()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self.path, table.schema, compression="zstd")
        self._writer.write_table(table)
        self.rows += frame.height


def keep_part(files: CorpusStore, local: Path, path: str, *, rows: int, batch: str) -> PartRef:
    """Copy a file into the store under a name that ends in the first digits of its sha256.

    Of two writers that make the same version, each writes a file of its own, or both the same bytes: what a version
    names is never overwritten by another.

    Args:
        files: the corpus's.
        local: the file.
        path: below the corpus's folder, without extension.
        rows: that it has.
        batch: that they came in; empty where they came in several.
    """
    with local.open("rb") as source:
        sha256 = hashlib.file_digest(source, "sha256").hexdigest()
    named = f"{path}-{sha256[:12]}.parquet"
    with local.open("rb") as source, files.create(named) as target:
        while piece := source.read(PIECE):
            target.write(piece)
    return PartRef(path=named, sha256=sha256, rows=rows, batch=batch)
