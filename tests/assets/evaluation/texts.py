"""Texts for the tests of text metrics: simulated ones, and parts of real ones."""

from collections.abc import Callable
from functools import cache

import numpy as np
import polars as pl

from outcross.assets.evaluation.evaluate import evaluate
from outcross.assets.instruments.probe import Probe, build_probe
from outcross.assets.instruments.words import Words
from outcross.resources.schema import Schema
from outcross.resources.sources import PythonDocs
from tests.assets.evaluation.ranking import Values


def words_of(*texts: str) -> Words:
    """Texts as words."""
    return Words.read(pl.Series(texts, dtype=pl.String))


def zipf_words(seed: int, *, rows: int, length: int, types: int, exponent: float = 1.0) -> Words:
    """Rows of words drawn independently by Zipf's law."""
    mass = np.arange(1, types + 1) ** -exponent
    ids = np.random.default_rng(seed).choice(types, rows * length, p=mass / mass.sum())
    return Words([f"w{number}" for number in range(types)], ids, np.full(rows, length))


def errors_over_spread(statistic: Callable[[int], tuple[float, float]], redraws: int) -> float:
    """Return mean standard error ÷ standard deviation of a statistic over samples drawn with seeds 0, 1, …."""
    values, errors = np.array([statistic(seed) for seed in range(redraws)]).T
    return float(errors.mean() / values.std(ddof=1))


@cache
def text_parts() -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame, Schema]:
    """Anchor, holdout, other real rows, and the schema, of Python's help texts."""
    data = PythonDocs(kind="python_docs").load()
    rows = data.rows.sample(fraction=1.0, shuffle=True, seed=3)
    quarter = rows.height // 4
    return rows[2 * quarter :], rows[:quarter], rows[quarter : 2 * quarter], data.schema


def measured_texts(synthetic: list[str], metrics: list[str]) -> Values:
    """Metric → value and standard error against the holdout of those parts."""
    _, holdout, _, schema = text_parts()
    found = evaluate(
        synthetic=pl.DataFrame({"text": synthetic}), reference=holdout, schema=schema, probe=_text_probe(), seed=1,
        against="holdout", metrics=metrics,
    )  # fmt: skip
    return {metric: (value, error) for metric, *_, value, error in found.iter_rows()}


@cache
def _text_probe() -> Probe:
    anchor, holdout, _, schema = text_parts()
    return build_probe(anchor, holdout, schema, seed=5)
