"""The lists of rows that a withdrawal stores: those that leave the corpus, those that leave quarantine, and all."""

from pathlib import Path

import polars as pl

from outcross.assets.corpus.files import DECIDED, LEFT_OUT, WITHDRAWN, WITHDRAWN_FOLDER
from outcross.assets.corpus.ledger.records import PartRef
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.rows_file import RowsFile, store_part


def store_left_out(corpus: OpenCorpus, number: int, lines: pl.DataFrame, folder: Path) -> tuple[PartRef, ...]:
    """Store the list of the rows that leave the corpus; there is none where no row does."""
    rows = lines.filter(pl.col("state") == "admitted").select(list(LEFT_OUT))
    if not rows.height:
        return ()
    return (_store(corpus, rows, folder / "left_out.parquet", f"left_out/{number:08d}", batch=""),)


def store_decided(corpus: OpenCorpus, number: int, lines: pl.DataFrame, folder: Path) -> tuple[PartRef, ...]:
    """Store the lists of rows that leave quarantine, one a batch."""
    waiting = lines.filter(pl.col("state") == "quarantined")
    return tuple(
        _store(
            corpus,
            rows.select("position", decision=pl.lit("withdrawn")).select(list(DECIDED)),
            folder / f"decided-{batch}.parquet",
            f"batches/{batch}/decided-{number}",
            batch=str(batch),
        )
        for (batch,), rows in waiting.group_by("batch_id", maintain_order=True)
    )


def store_list(corpus: OpenCorpus, number: int, lines: pl.DataFrame, folder: Path) -> PartRef:
    """Store the list of all rows that are withdrawn, with a digest of each."""
    rows = lines.select(list(WITHDRAWN))
    return _store(corpus, rows, folder / "withdrawn.parquet", f"{WITHDRAWN_FOLDER}/{number:08d}", batch="")


def _store(corpus: OpenCorpus, rows: pl.DataFrame, local: Path, path: str, *, batch: str) -> PartRef:
    listed = RowsFile(local)
    listed.add(rows)
    listed.close(rows)
    return store_part(corpus.files, local, path, rows=listed.rows, batch=batch)
