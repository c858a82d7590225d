"""Made-up texts for the tests of text metrics."""

from collections.abc import Callable

import numpy as np
import polars as pl

from assets.evaluation.words import Words


def words_of(*texts: str) -> Words:
    """Texts as words."""
    return Words.read(pl.Series(texts, dtype=pl.String))


def zipf_words(seed: int, *, rows: int, length: int, types: int, exponent: float = 1.0) -> Words:
    """Rows of words drawn independently by Zipf's law."""
    mass = np.arange(1, types + 1) ** -exponent
    ids = np.random.default_rng(seed).choice(types, rows * length, p=mass / mass.sum())
    return Words([f"w{number}" for number in range(types)], ids, np.full(rows, length))


def errors_over_spread(statistic: Callable[[int], tuple[float, float]], redraws: int) -> float:
    """Mean standard error ÷ standard deviation of a statistic over samples drawn with seeds 0, 1, …."""
    values, errors = np.array([statistic(seed) for seed in range(redraws)]).T
    return float(errors.mean() / values.std(ddof=1))
