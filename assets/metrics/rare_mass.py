"""Rare mass: the frequency of rare levels in synthetic rows ÷ that in the reference."""

import numpy as np
import polars as pl

from outcross.assets.instruments.rate_ratio import rate_ratio
from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "rare_mass",
        Definition.TAILS_VANISH,
        Reading.TAILS,
        "fall",
        "synthetic ÷ real mass of the rare levels (under 5 %)",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``rare_mass``: the mean number of rare levels in a synthetic row ÷ that in a reference row.

    A level of a discrete column is rare if under 5 % of the anchor's rows have it; a table without rare levels has no
    rare mass. A side without any counts as half a level; equal populations have the mean 1, see
    :mod:`outcross.assets.instruments.rate_ratio`.
    """
    levels = comparison.probe.rare_levels
    if not levels:
        return []
    return [Measurement("rare_mass", *rate_ratio(*(_counts(rows, levels) for rows in _sides(comparison))))]


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
