"""Spread: the variance and the entropy of the synthetic rows, as ratios to the reference's."""

import math
from collections import Counter

import numpy as np
import polars as pl

from assets.evaluation.contract import Comparison, Measurement, Metric
from resources.schema import Column, Schema
from resources.tokens import tokenize

_BINS = 20


def _variance(comparison: Comparison) -> list[Measurement]:
    """Geometric mean over embedding dimensions; its standard error is that of the mean log ratio over dimensions."""
    transform = comparison.probe.embedding.transform
    synthetic, reference = (
        transform(rows).var(axis=0, ddof=1) for rows in (comparison.synthetic, comparison.reference)
    )
    moving = reference > 1e-12 * max(float(reference.max()), 1e-300)
    logs = np.log(np.maximum(synthetic[moving], 1e-300) / reference[moving])
    value = float(np.exp(logs.mean()))
    return [Measurement("variance_ratio", value, float(value * logs.std() / math.sqrt(len(logs))))]


def _entropy(comparison: Comparison) -> list[Measurement]:
    """Mean entropy over columns, synthetic ÷ reference: levels, twenty equal-count bins of the reference, or tokens.

    For images the columns are pixels' grey levels. The ratio of two plug-in estimates has no simple standard error.
    """
    synthetic, reference = (
        _entropies(rows, comparison.reference, comparison.schema)
        for rows in (comparison.synthetic, comparison.reference)
    )
    value = float(synthetic.sum() / reference.sum()) if reference.sum() > 0 else math.nan
    return [Measurement("entropy_ratio", value, math.nan)]


def _entropies(rows: pl.DataFrame, reference: pl.DataFrame, schema: Schema) -> np.ndarray:
    if schema.text is not None:
        counts = Counter(token for text in rows[schema.text.name].to_list() for token in tokenize(text or ""))
        return np.array([_shannon(np.fromiter(counts.values(), dtype=float))])
    if schema.image is not None:
        pixels = rows[schema.image.name].to_numpy().reshape(rows.height, -1)
        return np.array([_shannon(np.bincount(column).astype(float)) for column in pixels.T])
    numbers = [_shannon(_binned(rows[c.name], reference[c.name])) for c in schema.numeric]
    return np.array([*numbers, *(_shannon(_levels(rows, column)) for column in schema.discrete)])


def _binned(values: pl.Series, reference: pl.Series) -> np.ndarray:
    edges = np.unique(np.quantile(reference.drop_nulls().to_numpy().astype(float), np.linspace(0, 1, _BINS + 1)[1:-1]))
    return np.bincount(np.searchsorted(edges, values.drop_nulls().to_numpy().astype(float))).astype(float)


def _levels(rows: pl.DataFrame, column: Column) -> np.ndarray:
    return rows[column.name].value_counts()["count"].to_numpy().astype(float)


def _shannon(counts: np.ndarray) -> float:
    """Plug-in entropy of counts, in nats."""
    shares = counts[counts > 0] / counts.sum() if counts.sum() else np.ones(1)
    return float(-(shares * np.log(shares)).sum())


VARIANCE = Metric("variance", frozenset({"image", "table"}), _variance)
ENTROPY = Metric("entropy", frozenset({"image", "table", "text"}), _entropy)
