"""Handwritten digits as an anchor and as batches, and a corpus of them that opens fast."""

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.intake.ingest import ingest
from outcross.assets.corpus.intake.outcome import Outcome, Request
from outcross.assets.corpus.open_corpus import OpenCorpus, open_corpus
from outcross.resources.sources.digits import Digits
from outcross.resources.store import Store

AT = "2026-03-01T12:00:00+00:00"
CLAIMS: dict[str, Any] = {"origin": "real", "licence": "CC0-1.0", "consent": "terms"}
OF_ANCHOR = 700
COLUMNS = {"image": {"role": "image", "shape": [8, 8], "levels": 16}, "label": "label"}


@cache
def digits() -> pl.DataFrame:
    """All digits in a random order: the first ``OF_ANCHOR`` are for the anchor, the others for batches."""
    return Digits().load().rows.sample(fraction=1.0, shuffle=True, seed=3)


def fresh(rows: int, part: int) -> pl.DataFrame:
    """Return rows that no anchor has; the same for the same part."""
    start = OF_ANCHOR + part * rows
    found = digits()[start : start + rows]
    assert found.height == rows, "so many parts there are not"
    return found


def settings(folder: Path, anchor: pl.DataFrame | None = None, **changes: Any) -> Corpus:
    """The settings of a corpus of digits, a fifth of them in the holdout."""
    path = folder / "anchor.parquet"
    if not path.exists():
        (digits()[:OF_ANCHOR] if anchor is None else anchor).write_parquet(path)
    source = {"kind": "files", "path": str(path), "columns": COLUMNS}
    return Corpus.model_validate(
        {"corpus": "digits", "anchor": source, "licence": "CC0-1.0", "bound": {"share": 1.0}} | changes
    )


def open_pictures(folder: Path, anchor: pl.DataFrame | None = None, **changes: Any) -> OpenCorpus:
    """Open the corpus; its store is ``data`` in the folder."""
    return open_corpus(settings(folder, anchor, **changes), Store(folder / "data"), by="test", at=AT)


def take(corpus: OpenCorpus, folder: Path, rows: pl.DataFrame, **claims: Any) -> Outcome:
    """Write rows to a file, and ingest it."""
    path = folder / "batch.parquet"
    rows.write_parquet(path)
    return ingest(corpus, path, Request(claims=CLAIMS | claims, by="test", at=AT))


def reasons(corpus: OpenCorpus, found: Outcome) -> dict[int, list[str]]:
    """Return the reasons against each row in quarantine."""
    held = pl.read_parquet(corpus.files.location(f"batches/{found.batch}") + "/quarantined-*.parquet")
    return dict(held.select("position", "reasons").iter_rows())


def pixels(rows: pl.DataFrame) -> np.ndarray:
    """Return the pixels of rows as (rows, 64) whole numbers."""
    return rows["image"].to_numpy().astype(np.int64)


def with_pixels(rows: pl.DataFrame, changed: np.ndarray) -> pl.DataFrame:
    """Return rows with other pixels, cut to the grey values that there are."""
    values = np.clip(np.round(changed), 0, 16).astype(np.uint8)
    return rows.with_columns(pl.Series("image", values, dtype=pl.Array(pl.UInt8, 64)))


def with_other_pixel(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows of which one pixel is changed."""
    changed = pixels(rows)
    places = np.arange(len(changed))
    at = 17 + 3 * (places % 10)
    changed[places, at] = (changed[places, at] + 5) % 17
    return with_pixels(rows, changed)
