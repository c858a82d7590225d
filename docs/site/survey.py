"""The survey of the pages on renewal and statement: its rows before and after the world moves."""

import os
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl

from docs.site.walk import environment

_REAL = ("--origin", "real", "--licence", "CC0-1.0", "--consent", "terms")


def begin_survey(folder: Path) -> None:
    """Write the anchor and the week, start the corpus, and let it know a generator."""
    _rows(1_500, 0).write_parquet(folder / "anchor.parquet")
    _rows(300, 1, made=True).write_parquet(folder / "made.parquet")
    often = pl.int_range(pl.len()) % 8 == 0
    gig = pl.when(often).then(pl.lit("gig")).otherwise("kind").alias("kind")
    _rows(400, 2).with_columns(gig).write_parquet(folder / "week.parquet")
    made = ("--origin", "synthetic", "--generator", "mirror", "--licence", "CC0-1.0", "--consent", "terms")
    _outcross(folder, "ingest", "made.parquet", "--corpus", "survey.yaml", *made)
    _outcross(folder, "quarantine", "release", "survey", "made.parquet", "--reason", "it is declared synthetic")


def move_survey(folder: Path) -> None:
    """Let two months be held and released, and write the third."""
    for month in (1, 2, 3):
        _rows(600, 10 + month, moved=1.0).write_parquet(folder / f"month-{month}.parquet")
    for month in (1, 2):
        _outcross(folder, "ingest", f"month-{month}.parquet", "--corpus", "survey", *_REAL)
        _outcross(folder, "quarantine", "release", "survey", f"month-{month}.parquet", "--reason", "prices rose")


def _rows(count: int, seed: int, *, moved: float = 0.0, made: bool = False) -> pl.DataFrame:
    """Draw rows: two numbers that move together (apart, in generated rows), and a level."""
    random = np.random.default_rng(seed)
    x = random.normal(moved, 1, count)
    y = (-1 if made else 1) * (x - moved) + moved + random.normal(0, 0.3, count)
    return pl.DataFrame({"x": x, "y": y, "kind": random.choice(["a", "b", "c"], count)})


def _outcross(folder: Path, *words: str) -> None:
    command: Sequence[str | os.PathLike[str]] = ("outcross", *words)
    ran = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)  # noqa: S603
    if ran.returncode > 1:
        raise RuntimeError(f"{' '.join(words)}: {ran.stdout}{ran.stderr}")
