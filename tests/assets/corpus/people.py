"""A small corpus of people that opens fast, with row-level guards that quarantine rows; and batches for it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.resources.store import Store
from tests.assets.corpus.opened_once import open_once, shared_anchor

AT = "2026-03-01T12:00:00+00:00"
ROLES = {"sex": "group", "y": "label"}
SETTINGS: dict[str, Any] = {
    "corpus": "people",
    "mode": "observe",
    "guards": {name: {"mode": "enforce"} for name in ("duplicates", "holdout_overlap", "licence", "synthetic_share")},
    "licence": "CC0-1.0",
    "licences": ["CC0-1.0"],
    "bound": {"share": 0.3},
}
CLAIMS: dict[str, dict[str, Any]] = {
    "real": {"origin": "real", "licence": "CC0-1.0", "consent": "survey", "depth": 0},
    "synthetic": {"origin": "synthetic", "licence": "CC0-1.0", "generator": "copula", "depth": 1},
}


def people(rows: int, seed: int) -> pl.DataFrame:
    """Draw unique rows: a wage with all its bits, an integer, a text, a group and a label."""
    random = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "wage": random.lognormal(3, 0.5, rows),
            "age": random.integers(18, 70, rows),
            "work": random.choice(["shop", 'a "quoted" \\ farm', "school\n", "büro 日本 🦀"], rows),
            "sex": random.choice(["f", "m"], rows),
            "y": random.choice(["no", "yes"], rows),
        }
    )


def start(folder: Path, **changes: Any) -> OpenCorpus:
    """Open a new corpus of 400 real rows, a fifth of them in the holdout."""
    state(folder, **changes)
    return open_once(read_settings(folder), Store(folder / "data"), by="test", at=AT)


def state(folder: Path, **changes: Any) -> None:
    """Write the settings of the corpus, which :func:`reopen` reads."""
    folder.mkdir(exist_ok=True)
    source = {"kind": "files", "path": str(shared_anchor("people", people(400, 0))), "columns": ROLES}
    (folder / "corpus.json").write_text(json.dumps({"anchor": source, **SETTINGS, **changes}))


def reopen(folder: Path) -> OpenCorpus:
    """Open the corpus again, as another process would."""
    return open_corpus(read_settings(folder), Store(folder / "data"), by="test", at=AT)


def read_settings(folder: Path) -> Corpus:
    """Read what :func:`state` wrote."""
    return Corpus.model_validate(json.loads((folder / "corpus.json").read_text()))


def take(corpus: OpenCorpus, path: Path, rows: pl.DataFrame, claims: str = "real", **changes: Any) -> Outcome:
    """Write rows to a file, and ingest it."""
    rows.write_parquet(path)
    return ingest(corpus, path, Request(claims=CLAIMS[claims] | changes, by="test", at=AT))


def mixed(corpus: OpenCorpus, seed: int = 1) -> pl.DataFrame:
    """Make 20 rows to admit (0…19), 6 repeats of them (20…25), 4 rows of the holdout (26…29), 2 misfits (30, 31)."""
    new = people(20, seed).cast({"age": pl.Float64})
    in_holdout = corpus.holdout.select(new.columns).head(4).cast(dict(new.schema))  # type: ignore[arg-type]
    misfits = people(2, seed + 1_000).with_columns(age=pl.lit(30.5))
    return pl.concat([new, new.head(6), in_holdout, misfits])


def part_rows(corpus: OpenCorpus, version: Version) -> pl.DataFrame:
    """Read the rows of the last part of a version."""
    return pl.read_parquet(corpus.files.location(version.parts[-1].path))


def every_byte(corpus: OpenCorpus) -> dict[str, bytes]:
    """Read every file of a corpus."""
    return {path: corpus.files.get(path) for path in corpus.files.list()}
