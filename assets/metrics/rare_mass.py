"""Rare mass: the frequency of rare levels in synthetic rows ÷ that in the reference."""

import numpy as np
import polars as pl

from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "rare_mass",
        Definition.TAILS_VANISH,
        Reading.TAILS,
        "one",
        "synthetic ÷ real mass of the rare levels (under 5 %)",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``rare_mass``: the mean number of rare levels in a synthetic row ÷ that in a reference row.

    A level of a discrete column is rare if under 5 % of the anchor's rows have it; a table without rare levels has no
    rare mass. The ratio is 1 if neither side has any, and infinite if only the reference has none. The standard error
    is the delta method's for a ratio of means.
    """
    levels = comparison.probe.rare_levels
    if not levels:
        return []
    return [Measurement("rare_mass", *ratio(*(_counts(rows, levels) for rows in _sides(comparison))))]


def ratio(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the mean of x ÷ the mean of y with its standard error, which is NaN if the mean of y is 0."""
    mean_x, mean_y = float(x.mean()), float(y.mean())
    if mean_y == 0:
        return (1.0 if mean_x == 0 else float("inf")), float("nan")
    of_x, of_y = x.var() / len(x), y.var() / len(y)
    return mean_x / mean_y, float(np.sqrt(of_x + (mean_x / mean_y) ** 2 * of_y) / mean_y)


def _sides(comparison: Comparison) -> tuple[pl.DataFrame, pl.DataFrame]:
    return comparison.synthetic, comparison.reference


def _counts(rows: pl.DataFrame, levels: list[tuple[str, str]]) -> np.ndarray:
    """Return (rows,) the number of rare levels in each row."""
    by_column: dict[str, list[str]] = {}
    for column, level in levels:
        by_column.setdefault(column, []).append(level)
    rare = [pl.col(column).is_in(names).fill_null(False).cast(pl.Float64) for column, names in by_column.items()]
    return rows.select(pl.sum_horizontal(rare)).to_series().to_numpy()


METRIC = RowMetric(
    name="rare_mass",
    modalities=TABLE,
    measure=measure,
    endpoints=ENDPOINTS,
)
