"""Measure how a corpus's estimate follows a drip of undeclared rows of a known copula, by whole intakes.

``python -m tests.assets.corpus.pooled_drip [weeks [share]]`` prints the table of docs/corpora.md: the truth, the
estimate from all rows together, the limits of batches added up, the guards that spoke, and what an intake took.
Everything is admitted (``mode: observe``), so that the drip goes on. It needs ``adult.parquet``.
"""

import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Request
from outcross.assets.corpus.ledger.ledger import read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus, with_content_hash
from outcross.assets.corpus.undeclared.batch_share import estimate_batch
from outcross.assets.corpus.undeclared.corpus_share import estimate_corpus_share
from outcross.resources.compute import bounded_threads
from outcross.resources.generators.copula.settings import Copula
from outcross.resources.store import Address, Store
from outcross.resources.typed_rows import to_canonical
from tests.resources.cohorts import cohort_of
from tests.shared_data import shared_data

AT = "2026-01-01T12:00:00+00:00"
ROLES = {"income": "label", "sex": "group", "race": "group"}
ANCHOR, KNOWN, FEWEST, MOST = 8_000, 4_000, 150, 400
"""Rows of the anchor's file and of the known study, and the smallest and largest number of rows of a batch."""
BOUND = 0.02
COLUMNS = "week | synthetic | estimated | limits added up | last 8 batches | guards | processor-seconds"


def start(folder: Path, rows: pl.DataFrame, generator: Copula) -> tuple[OpenCorpus, pl.DataFrame]:
    """Open a corpus with a known study of the generator, and sample other rows of it."""
    rows[:ANCHOR].write_parquet(folder / "anchor.parquet")
    settings = {
        "corpus": "people",
        "anchor": {"kind": "files", "path": str(folder / "anchor.parquet"), "columns": ROLES},
        "licence": "CC0-1.0",
        "bound": {"share": BOUND},
        "known": ["census"],
        "mode": "observe",
    }
    corpus = open_corpus(Corpus.model_validate(settings), Store(folder / "data"), by="measure", at=AT)
    made = generator.fit(cohort_of(corpus.schema, {0: corpus.rows})).sample(rows=3 * KNOWN, seeds={0: 5})
    address = Address(study="census", thing="synthetic", generation=0, lineage="shared")
    known = made[:KNOWN].with_columns(replicate=pl.lit(0), depth=pl.lit(1))
    corpus.store.write(address, known, provenance={})
    return corpus, made[KNOWN:].select(corpus.schema.names)


def batches(
    corpus: OpenCorpus, rows: pl.DataFrame, made: pl.DataFrame, *, share: float, seed: int
) -> Iterator[tuple[pl.DataFrame, int]]:
    """Draw batches without replacement: canonical rows, the real ones first, and the number of synthetic ones."""
    names = {column.source_name: column.name for column in corpus.schema.columns}
    real = to_canonical(rows[ANCHOR:].rename(names).select(corpus.schema.names), corpus.schema)
    random, at, made_at = np.random.default_rng(seed), 0, 0
    while True:
        count = int(random.integers(FEWEST, MOST))
        synthetic = round(share * count)
        if at + count > real.height or made_at + synthetic > made.height:
            return
        yield pl.concat([real[at : at + count - synthetic], made[made_at : made_at + synthetic]]), synthetic
        at, made_at = at + count - synthetic, made_at + synthetic


def main(weeks: int = 36, share: float = 0.05) -> None:
    """Print the table."""
    rows = pl.read_parquet(shared_data("adult.parquet")).unique(maintain_order=True)
    rows = rows.sample(fraction=1, shuffle=True, seed=1)
    sys.stdout.write(f"{COLUMNS}\n")
    with tempfile.TemporaryDirectory() as name, bounded_threads():
        folder = Path(name)
        corpus, made = start(folder, rows, Copula(draws=2))
        apart, there = read_version(corpus.files), 0
        for week, (batch, synthetic) in enumerate(batches(corpus, rows, made, share=share, seed=2), start=1):
            if week > weeks:
                return
            names = {column.name: column.source_name for column in corpus.schema.columns}
            batch.rename(names).write_parquet(folder / f"{week}.parquet")
            request = Request(claims={"origin": "real", "licence": "CC0-1.0", "consent": "yes"}, by="measure", at=AT)
            began = time.process_time()
            ingest(corpus, folder / f"{week}.parquet", request)
            took, last = time.process_time() - began, read_version(corpus.files)
            there += synthetic
            apart = _added(corpus, apart, last, batch, folder)
            _print(week, there, last, apart, took)


def _added(corpus: OpenCorpus, apart: Version, last: Version, batch: pl.DataFrame, folder: Path) -> Version:
    """Estimate the batch alone, and add its limits to those of the batches before."""
    signed = with_content_hash(batch.with_row_index("position"), corpus.schema).cast({"position": pl.Int64})
    signed = signed.with_columns(origin=pl.lit("real"), generator=pl.lit(None, dtype=pl.String))
    signed.write_parquet(folder / "alone.parquet")
    share = estimate_batch(folder / "alone.parquet", corpus, last, seed=last.number)
    return replace(last, estimated=estimate_corpus_share(apart, last.counts, share))


def _print(week: int, there: int, last: Version, apart: Version, took: float) -> None:
    spoke = sorted({each.guard for each in last.guards if not each.passed and not each.abstained})
    shown = []
    for found in (last.estimated, apart.estimated, last.recent):
        assert found is not None
        shown.append(f"{found.share:.1%} ({found.lower:.1%} to {found.upper:.1%})")
    told = ", ".join(spoke) or "–"
    sys.stdout.write(f"{week} | {there / last.rows:.2%} | {' | '.join(shown)} | {told} | {took:.1f}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main(*(kind(each) for kind, each in zip((int, float), sys.argv[1:], strict=False)))
