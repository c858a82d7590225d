"""A corpus of a small Gaussian table whose world moves, with a generator that is known and told from it."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.assets.corpus.quarantine.decisions import release
from outcross.resources.store import Store

AT = "2026-03-01T12:00:00+00:00"
ENFORCED = ("drift", "column_drift", "new_levels", "nulls", "range", "undeclared_share")


def rows(count: int, seed: int, *, moved: float = 0.0, made: bool = False) -> pl.DataFrame:
    """Draw rows: two numbers that move together (apart, in generated rows), and a level."""
    random = np.random.default_rng(seed)
    x = random.normal(moved, 1, count)
    y = (-1 if made else 1) * (x - moved) + moved + random.normal(0, 0.3, count)
    return pl.DataFrame({"x": x, "y": y, "kind": random.choice(["a", "b", "c"], count)})


def start(folder: Path, anchor: int = 500, **changes: Any) -> OpenCorpus:
    """Start the corpus, and let it know a generator."""
    rows(anchor, 0).write_parquet(folder / "anchor.parquet")
    corpus = reopen(folder, **changes)
    assert take(corpus, folder, rows(150, 1, made=True), "made", origin="synthetic", generator="mirror").rows_admitted
    return reopen(folder, **changes)


def reopen(folder: Path, **changes: Any) -> OpenCorpus:
    """Open the corpus again, as another process would; a copied folder has the source of the first."""
    source = folder / "source.txt"
    if not source.exists():
        source.write_text(str(folder / "anchor.parquet"))
    settings = {
        "corpus": "drifting",
        "anchor": {"kind": "files", "path": source.read_text()},
        "bound": {"share": 0.5},
        "holdout": 0.3,
        "mode": "observe",
        "guards": {name: {"mode": "enforce"} for name in ENFORCED},
    }
    return open_corpus(Corpus.model_validate(settings | changes), Store(folder / "data"), by="test", at=AT)


def move(folder: Path) -> None:
    """Start a corpus whose world has moved by one standard deviation: a person released two months of 400 rows."""
    corpus = start(folder)
    for month in (1, 2):
        held = take(corpus, folder, rows(400, 10 + month, moved=1.0), f"month-{month}")
        assert held.status == "held", held
        release(corpus, held.batch, positions=None, reason="the world moved", by="test", at=AT)


def take(corpus: OpenCorpus, folder: Path, frame: pl.DataFrame, name: str, **claims: Any) -> Outcome:
    """Write rows to a file, and ingest it; they are declared real unless the claims say otherwise."""
    path = folder / f"{name}.parquet"
    frame.write_parquet(path)
    return ingest(corpus, path, Request(claims={"origin": "real"} | claims, by="test", at=AT))
