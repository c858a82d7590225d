"""Real data for the metrics' tests, split into anchor and holdout."""

from collections.abc import Collection
from functools import cache

import numpy as np
import polars as pl

from outcross.assets.evaluation.evaluate import evaluate
from outcross.assets.instruments.probe import Probe, build_probe
from outcross.resources.schema import Schema
from outcross.resources.sources import BreastCancer, Digits, PythonDocs

Split = tuple[pl.DataFrame, pl.DataFrame, Schema]


@cache
def split(kind: str) -> Split:
    """Anchor, holdout and schema of a bundled source."""
    sources = {"digits": Digits, "breast_cancer": BreastCancer, "python_docs": PythonDocs}
    data = sources[kind](kind=kind).load()
    rows = data.rows.sample(fraction=1.0, shuffle=True, seed=7)
    holdout_rows = rows.height // 4
    return rows[holdout_rows:], rows[:holdout_rows], data.schema


@cache
def probe(kind: str) -> Probe:
    """The probe of that split."""
    return build_probe(*split(kind), seed=5)


def values(
    kind: str, synthetic: pl.DataFrame, *, seed: int = 1, metrics: Collection[str] | None = None
) -> dict[str, float]:
    """Metric → value of synthetic rows against the holdout."""
    _, holdout, schema = split(kind)
    found = evaluate(
        synthetic=synthetic,
        reference=holdout,
        schema=schema,
        probe=probe(kind),
        seed=seed,
        against="holdout",
        metrics=metrics,
    )
    return dict(found.filter(pl.col("about") == "").select("metric", "value").iter_rows())


def gaussian(seed: int, rows: int, dimensions: int) -> np.ndarray:
    """A cloud of standard normal points."""
    return np.random.default_rng(seed).normal(size=(rows, dimensions))
