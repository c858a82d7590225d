"""Marginal Wasserstein distance: 1-Wasserstein distance of each numeric column."""

import numpy as np

from outcross.assets.instruments.cumulative import cumulative_gap
from outcross.assets.instruments.influence import Estimate, average, sample_slice
from outcross.assets.instruments.table_features import FARTHEST
from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "marginal_wasserstein",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "1-Wasserstein distance ÷ the anchor's deviation, mean over numeric columns",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``marginal_wasserstein``: the mean over numeric columns, and a line per column.

    The value is the 1-Wasserstein distance ∫ |F − G| ÷ the anchor's standard deviation (1 where it is 0). Nulls are
    left out; if only one side has values, the distance is ``FARTHEST``. The standard error is that of the plug-in
    distance: the influence of a row is its Kantorovich potential, as for the squared cost (del Barrio & Loubes 2019,
    Annals of Probability 47:926). Between equal distributions the distance is of the order of 1 ÷ √rows, and the
    standard error does not cover that.
    """
    scales = comparison.probe.numeric_scales
    x, y = comparison.columns
    distances = []
    for name, *sides in zip(x.numeric_names, x.numeric, y.numeric, strict=True):
        scale = scales[name]
        standard = [np.clip((side - scale.mean) / scale.deviation, -FARTHEST, FARTHEST) for side in sides]
        distances.append(wasserstein(*standard))
    mean = average(distances)
    if mean is None:
        return []
    lines = zip(x.numeric_names, distances, strict=True)
    return [
        Measurement("marginal_wasserstein", *mean.value_and_error),
        *(Measurement("marginal_wasserstein", *each.value_and_error, name) for name, each in lines),
    ]


def wasserstein(x: np.ndarray, y: np.ndarray) -> Estimate:
    """Return the 1-Wasserstein distance of two samples of shape (values,); NaN is left out."""
    rows = (len(x), len(y))
    known = [np.sort(side[~np.isnan(side)]) for side in (x, y)]
    chosen = [side[sample_slice(len(side))] for side in (x, y)]
    if not (len(known[0]) and len(known[1])):
        apart = 0.0 if len(known[0]) == len(known[1]) else FARTHEST
        return Estimate(apart, (np.zeros(len(chosen[0])), np.zeros(len(chosen[1]))), rows)
    points, gap = cumulative_gap(*known)
    widths = np.append(np.diff(points), 0.0)
    beyond = np.append(np.cumsum((np.sign(gap) * widths)[::-1])[::-1], 0.0)  # the last entry is for missing values
    of_x, of_y = (
        _centre(beyond[np.searchsorted(points, values)], values, len(side) / len(own))
        for values, side, own in zip(chosen, (x, y), known, strict=True)
    )
    return Estimate(float(np.abs(gap) @ widths), (of_x, -of_y), rows)


def _centre(potential: np.ndarray, values: np.ndarray, missing: float) -> np.ndarray:
    """Return the potential less its mean, scaled by rows ÷ values; 0 for a missing value."""
    seen = ~np.isnan(values)
    return np.where(seen, (potential - potential[seen].mean()) * missing, 0.0) if seen.any() else np.zeros(len(values))


METRIC = RowMetric(
    name="marginal_wasserstein",
    modalities=TABLE,
    measure=measure,
    endpoints=ENDPOINTS,
)
