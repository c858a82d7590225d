"""Tail mass: the share of values beyond the anchor's 1 % and 99 % quantiles."""

import numpy as np

from outcross.assets.instruments.columns import Columns
from outcross.assets.instruments.rate_ratio import rate_ratio
from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "tail_mass",
        Definition.TAILS_VANISH,
        Reading.TAILS,
        "fall",
        "synthetic ÷ real share of values beyond the anchor's 1 % and 99 % quantiles",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``tail_mass``: the share of synthetic values beyond an edge ÷ that of the reference, over all tails.

    The edges are the 1 % and 99 % quantiles of each numeric column of the anchor. Counts are added up over tails before
    they are divided, since a tail has a handful of rows. A tail counts only if the anchor has values beyond its edge
    (ties may leave none). Nulls do not count. A table without such tails has no tail mass. An empty side counts as half
    a value; equal populations have the mean 1, see :mod:`outcross.assets.instruments.rate_ratio`.
    """
    sides = [_count(columns, comparison.probe.tails) for columns in comparison.columns]
    (x, x_units), (y, y_units) = sides
    if not y_units.any():
        return []
    return [Measurement("tail_mass", *rate_ratio(x, y, x_units=x_units, y_units=y_units))]


def _count(columns: Columns, tails: dict[str, tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
    """Return (rows,) values beyond an edge, and values that could be: one for each tail of a column."""
    beyond, units = np.zeros((2, columns.rows))
    for name, values in zip(columns.numeric_names, columns.numeric, strict=True):
        lower, upper = tails[name]
        with np.errstate(invalid="ignore"):
            beyond += (values < lower).astype(float) + (values > upper)
        units += ~np.isnan(values) * sum(np.isfinite((lower, upper)))
    return beyond, units


METRIC = RowMetric(
    name="tail_mass",
    modalities=TABLE,
    measure=measure,
    endpoints=ENDPOINTS,
)
