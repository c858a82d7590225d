"""A small corpus of people, quick to start, whose row-level guards hold rows back; and the batches that come to it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import Outcome, Request, ingest
from outcross.assets.corpus.ledger.ledger import Version
from outcross.assets.corpus.open_corpus import Anchored, anchor
from outcross.resources.store import Store

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
    """Rows that nobody else has: a wage to the last bit, a whole number, a text, a group and a label."""
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


def start(folder: Path, **changes: Any) -> Anchored:
    """A corpus of 400 real rows, a fifth of them held out."""
    folder.mkdir(exist_ok=True)
    people(400, 0).write_parquet(folder / "anchor.parquet")
    source = {"kind": "files", "path": str(folder / "anchor.parquet"), "columns": ROLES}
    (folder / "corpus.json").write_text(json.dumps({"anchor": source, **SETTINGS, **changes}))
    return reopen(folder)


def reopen(folder: Path) -> Anchored:
    """The same, from another process or after a while."""
    settings = Corpus.model_validate(json.loads((folder / "corpus.json").read_text()))
    return anchor(settings, Store(folder / "data"), by="test", at=AT)


def take(anchored: Anchored, path: Path, rows: pl.DataFrame, claims: str = "real", **changes: Any) -> Outcome:
    """Write rows to a file, and take it in."""
    rows.write_parquet(path)
    return ingest(anchored, path, Request(claims=CLAIMS[claims] | changes, by="test", at=AT))


def mixed(anchored: Anchored, seed: int = 1) -> pl.DataFrame:
    """Twenty rows to admit (0…19), six that repeat them (20…25), four held out (26…29), and two misfits (30, 31)."""
    new = people(20, seed).cast({"age": pl.Float64})
    held_out = anchored.holdout.select(new.columns).head(4).cast(dict(new.schema))  # type: ignore[arg-type]
    misfits = people(2, seed + 1_000).with_columns(age=pl.lit(30.5))
    return pl.concat([new, new.head(6), held_out, misfits])


def part_rows(anchored: Anchored, version: Version) -> pl.DataFrame:
    """The rows of the last part of a version."""
    return pl.read_parquet(anchored.files.location(version.parts[-1].path))


def every_byte(anchored: Anchored) -> dict[str, bytes]:
    """The files of a corpus."""
    return {path: anchored.files.get(path) for path in anchored.files.list()}
