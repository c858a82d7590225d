"""Column shapes: Kolmogorov–Smirnov and total variation distance of each column."""

import numpy as np
import polars as pl

from outcross.assets.instruments.columns import Columns, code_columns
from outcross.assets.instruments.cumulative import cumulative_gap
from outcross.assets.instruments.influence import Estimate, average, sample_slice
from outcross.assets.instruments.kinked_shares import kinked_shares
from outcross.assets.instruments.length import length_variance
from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.schema import Schema

ENDPOINTS = (
    Endpoint(
        "column_shapes",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "higher",
        "mean over columns of 1 − Kolmogorov–Smirnov or total variation distance (SDMetrics' Column Shapes)",
    ),
    Endpoint(
        "ks",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "Kolmogorov–Smirnov distance, mean over numeric columns",
    ),
    Endpoint(
        "total_variation",
        Definition.SHAPE_DEFORMS,
        Reading.MODES,
        "lower",
        "total variation distance, mean over discrete columns",
    ),
)


SUPREMUM, SMOOTHER = 3.3, 0.7
"""Between equal distributions √rows · sup |F − G| behaves as the length of so many normal coordinates, and varies less.

The supremum of the Brownian bridge has the mean 0.869 and the deviation 0.260 (Kolmogorov 1933), in units of twice the
deviation of F − G at the median.
"""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``column_shapes``, ``ks`` and ``total_variation``; the last two also have a line per column.

    ``ks`` is a mean over numeric columns, ``total_variation`` over discrete ones; without such columns it is left out.
    The standard errors are those of the plug-in distances, from the rows' influence on them (Raghavachari 1973, Annals
    of Statistics 1:67), less what the kinks of |F − G| and |p − q| at 0 take from it. Between equal distributions the
    distances are positive, of the order of 1 ÷ √rows: the errors are of their spread, and do not cover that.
    """
    x, y = comparison.columns
    measured = [Measurement("column_shapes", *_complement(_shapes(x, y)))]
    for metric, names, distances in (
        ("ks", x.numeric_names, numeric_distances(x, y)),
        ("total_variation", x.discrete_names, discrete_distances(x, y)),
    ):
        if mean := average(distances):
            measured.append(Measurement(metric, *mean.value_and_error))
        measured += [
            Measurement(metric, *each.value_and_error, name) for name, each in zip(names, distances, strict=True)
        ]
    return measured


def column_shapes(synthetic: pl.DataFrame, reference: pl.DataFrame, schema: Schema) -> float:
    """Return the "Column Shapes" of SDMetrics 0.32: the mean over columns of 1 − distance.

    The distance is Kolmogorov–Smirnov for numeric and total variation for discrete columns. Nulls are left out, also of
    discrete columns, and so is a column without values on one side. SDMetrics adds a weight of 10⁻⁶ rows to a level
    that only the synthetic rows have, and rounds to 14 decimals; neither is done here. NaN without columns.
    """
    return shapes_score(*code_columns(synthetic, reference, schema))


def shapes_score(synthetic: Columns, reference: Columns) -> float:
    """Return :func:`column_shapes` of columns that are coded already."""
    return _complement(_shapes(synthetic, reference))[0]


def numeric_distances(x: Columns, y: Columns) -> list[Estimate]:
    """Return the Kolmogorov–Smirnov distance sup |F − G| of each numeric column, without nulls.

    The distance is 1 if one side has no values, and 0 if neither has any.
    """
    found = []
    for place in range(len(x.numeric)):
        if len(x.ascending[place]) and len(y.ascending[place]):
            found.append(_ks(x, y, place))
        else:
            found.append(_constant(x, y, float(len(x.ascending[place]) != len(y.ascending[place]))))
    return found


def discrete_distances(x: Columns, y: Columns) -> list[Estimate]:
    """Return the total variation distance ½ Σ |p − q| of each discrete column; null is a level."""
    return [_total_variation(x, y, place) for place in range(len(x.discrete))]


def _shapes(x: Columns, y: Columns) -> Estimate | None:
    """Return the mean distance as SDMetrics defines it: over columns in which both sides have values."""
    numeric = [
        each for each, a, b in zip(numeric_distances(x, y), x.ascending, y.ascending, strict=True) if len(a) and len(b)
    ]
    discrete = [
        _total_variation(x, y, place, nulls=False)
        for place in range(len(x.discrete))
        if x.discrete[place].any() and y.discrete[place].any()
    ]
    return average(numeric + discrete)


def _complement(distance: Estimate | None) -> tuple[float, float]:
    return (float("nan"), float("nan")) if distance is None else (1 - distance.value, distance.standard_error)


def _ks(x: Columns, y: Columns, place: int) -> Estimate:
    points, gap = cumulative_gap(x.ascending[place], y.ascending[place])
    farthest = int(np.abs(gap).argmax())
    sign, value = np.sign(gap[farthest]), float(abs(gap[farthest]))
    sizes = [len(side.ascending[place]) for side in (x, y)]
    share = sum(np.searchsorted(side.ascending[place], points[farthest], side="right") for side in (x, y)) / sum(sizes)
    variance = max(float(share * (1 - share)), 1e-12) * (1 / sizes[0] + 1 / sizes[1])
    slope, rest = length_variance(value**2 / variance, SUPREMUM)
    influences = []
    for side, towards in ((x, slope * sign), (y, -slope * sign)):
        values = side.numeric[place, sample_slice(side.rows)]
        share = np.searchsorted(side.ascending[place], points[farthest], side="right") / len(side.ascending[place])
        observed = side.rows / len(side.ascending[place])
        influences.append(np.where(np.isnan(values), 0.0, towards * observed * ((values <= points[farthest]) - share)))
    return Estimate(value, (influences[0], influences[1]), (x.rows, y.rows), SMOOTHER * float(rest) * variance)


def _total_variation(x: Columns, y: Columns, place: int, *, nulls: bool = True) -> Estimate:
    first = 0 if nulls else 1
    counts = [np.bincount(side.discrete[place], minlength=side.levels[place])[first:] for side in (x, y)]
    p, q = (count / count.sum() for count in counts)
    slopes, rest = kinked_shares((counts[0], counts[1]))
    towards = slopes * np.sign(p - q) / 2
    influences = []
    for side, sign, share in ((x, 1, p), (y, -1, q)):
        codes = side.discrete[place][sample_slice(side.rows)]
        per_level = np.zeros(side.levels[place])
        observed = side.rows / counts[0 if side is x else 1].sum()
        per_level[first:] = sign * observed * (towards - towards @ share)
        influences.append(per_level[codes])
    return Estimate(float(np.abs(p - q).sum() / 2), (influences[0], influences[1]), (x.rows, y.rows), rest)


def _constant(x: Columns, y: Columns, value: float) -> Estimate:
    sides = tuple(np.zeros(len(range(side.rows)[sample_slice(side.rows)])) for side in (x, y))
    return Estimate(value, (sides[0], sides[1]), (x.rows, y.rows))


METRIC = RowMetric(
    name="shapes",
    modalities=TABLE,
    measure=measure,
    endpoints=ENDPOINTS,
)
