"""Ingest batches into a corpus, file by file, until the ledger contains them."""

from pathlib import Path
from typing import Any

import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Request
from outcross.assets.corpus.open_corpus import open_corpus
from outcross.assets.corpus.provenance import COLUMNS, PREFIX
from outcross.jobs.bench.tables import read_schema
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.schema import Role
from outcross.resources.store import Store

AT = "2026-01-01T00:00:00+00:00"
FEW = 1_000


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Create the corpus and ingest a few rows, to import all libraries; then ingest every file, timed."""
    folder, rows, admitted = Path(job["folder"]), 0, 0
    files = [_move_provenance(Path(file), folder / f"{place:02}.parquet") for place, file in enumerate(job["files"])]
    roles = {column.name: column.role.value for column in read_schema(job).columns if column.role in _NAMED}
    settings: dict[str, Any] = {
        "corpus": "bench",
        "anchor": {"kind": "files", "path": job["training"], "columns": roles},
        "bound": {"share": 1.0},
        "mode": "observe",
    }
    corpus = open_corpus(Corpus.model_validate(settings), Store(folder / "store"), by="bench", at=AT)
    few = folder / "few.parquet"
    pl.scan_parquet(files[0]).tail(FEW).with_columns(pl.lit("few").alias(f"{PREFIX}recipe")).collect().write_parquet(
        few
    )
    request = Request(claims={}, by="bench", at=AT)
    ingest(corpus, few, request)
    with clock():
        for file in files:
            batch = ingest(corpus, file, request)
            rows, admitted = rows + batch.rows_in, admitted + batch.rows_admitted
    return {"rows": rows, "admitted": admitted, "batches": len(files)}


_NAMED = {Role.LABEL, Role.GROUP}


def _move_provenance(file: Path, to: Path) -> Path:
    """Copy a batch, with its provenance in the columns that the intake reads."""
    scanned = pl.scan_parquet(file)
    names = [name for name in scanned.collect_schema() if name in COLUMNS]
    scanned.rename({name: f"{PREFIX}{name}" for name in names}).sink_parquet(to)
    return to


if __name__ == "__main__":
    run(work)
