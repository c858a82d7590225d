"""Pair metrics: whether synthetic rows keep the dependence of the columns, pair by pair."""

from collections.abc import Iterator
from itertools import combinations, product

import numpy as np
import polars as pl

from outcross.assets.instruments.bin_edges import bin_edges
from outcross.assets.instruments.columns import Columns, code_columns
from outcross.assets.instruments.contingency import Contingency, count_pairs
from outcross.assets.instruments.correlation import Correlations
from outcross.assets.instruments.drift import Side, drift
from outcross.assets.instruments.half_samples import half_sample_error
from outcross.assets.instruments.influence import Estimate, average
from outcross.assets.instruments.length import length_variance
from outcross.assets.instruments.redrawn_rows import redrawn_error
from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator

ENDPOINTS = (
    Endpoint(
        "pair_trends",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "higher",
        "mean similarity of the columns' correlations and cross tables (SDMetrics' Column Pair Trends)",
    ),
    Endpoint(
        "correlation_drift",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "mean change of the correlation of two numeric columns",
    ),
    Endpoint(
        "association_drift",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "mean change of the association of two columns: |r|, Cramér's V or η",
    ),
)

BINS = 10
"""Bins of equal width between a side's extremes, into which SDMetrics cuts the numeric column of a mixed pair."""

Sides = tuple[Correlations, Correlations]


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``pair_trends``, ``correlation_drift`` and ``association_drift``; a table of one column has none.

    Standard errors are those of the plug-in distances, as for ``column_shapes``, see :mod:`.shapes`. That of
    ``pair_trends`` with mixed pairs is the spread over halves of the rows, since the edges of their bins are sample
    extremes, see :mod:`outcross.assets.instruments.half_samples`; where all columns are discrete, it is that over rows
    drawn again, see :mod:`outcross.assets.instruments.redrawn_rows`. The others allow for the kink of an absolute value
    at 0, and those of the two drifts of |r|, V and η themselves, see :mod:`outcross.assets.instruments.length`; what is
    not linear in the rows counts as independent between pairs.
    """
    x, y = comparison.columns
    sides = _correlations(x, y)
    measured = []
    if (trends := _trends(comparison, sides)) is not None:
        measured.append(Measurement("pair_trends", *trends))
    if drift := _correlation_drift(sides, (x.rows, y.rows)):
        measured.append(Measurement("correlation_drift", *drift.value_and_error))
    if drift := _association_drift(x, y, sides):
        measured.append(Measurement("association_drift", *drift.value_and_error))
    return measured


def pair_trends(synthetic: pl.DataFrame, reference: pl.DataFrame, schema: Schema) -> float:
    """Return the "Column Pair Trends" of SDMetrics 0.32: the mean similarity of both sides over pairs of columns.

    Two numeric columns have 1 − |r − r′| ÷ 2 of Pearson's correlations, over the rows that have both values; a pair
    with a constant column is left out. Any other pair has 1 − total variation distance of the cross tables. There, null
    is a level, and a numeric column is cut into ten bins of equal width between *its own side's* extremes, so that a
    shift or stretch does not count; the largest value shares the bin of null. NaN without pairs. All rows are used,
    whereas SDMetrics' reports sample large tables.
    """
    return trends_score(*code_columns(synthetic, reference, schema))


def trends_score(synthetic: Columns, reference: Columns) -> float:
    """Return :func:`pair_trends` of columns that are coded already."""
    return 1 - _trend_distance(synthetic, reference, _correlations(synthetic, reference))


def association_drift(synthetic: pl.DataFrame, reference: pl.DataFrame, schema: Schema) -> float:
    """Return the mean absolute change of the association of two columns, over all pairs; between 0 and 1.

    The association is Pearson's |r| for two numeric columns, Cramér's V for two discrete ones, and the correlation
    ratio η for a mixed pair. That of a constant column is 0. NaN without pairs.
    """
    x, y = code_columns(synthetic, reference, schema)
    found = _association_drift(x, y, _correlations(x, y))
    return float("nan") if found is None else found.value


def _correlations(x: Columns, y: Columns) -> Sides:
    return Correlations.of(x.numeric), Correlations.of(y.numeric)


def _trends(comparison: Comparison, sides: Sides) -> tuple[float, float] | None:
    """Return the mean similarity and its standard error; None without pairs.

    That of mixed pairs depends on the extremes that the bins lie between, which only halves of the rows can tell.
    """
    x, y = comparison.columns
    distance = _trend_distance(x, y, sides)
    if np.isnan(distance):
        return None
    if not x.discrete:
        between = _correlation_drift(sides, (x.rows, y.rows), among=_known_pairs(sides))
        return 1 - distance, float("nan") if between is None else between.standard_error / 2

    random = generator(derive_seed("pair trends", comparison.seed))
    if not len(x.numeric):
        return 1 - distance, redrawn_error(lambda one, other: 1 - trends_score(one, other), x, y, random)

    def of_rows(rows_of_x: np.ndarray, rows_of_y: np.ndarray) -> float:
        return trends_score(x.take(rows_of_x), y.take(rows_of_y))

    return 1 - distance, half_sample_error(of_rows, (x.rows, y.rows), random)


def _trend_distance(x: Columns, y: Columns, sides: Sides) -> float:
    """Return the mean of 1 − similarity; NaN without pairs."""
    known = _known_pairs(sides)
    distances = [table.distance for table in _cross_tables(x, y)]
    if known.any():
        distances += list(np.abs(sides[0].r - sides[1].r)[known] / 2)
    return float(np.mean(distances)) if distances else float("nan")


def _known_pairs(sides: Sides) -> np.ndarray:
    """Return (columns, columns) which pairs of numeric columns have a correlation on both sides, each pair once."""
    known: np.ndarray = np.triu(np.isfinite(sides[0].r) & np.isfinite(sides[1].r), 1)
    return known


def _cross_tables(x: Columns, y: Columns) -> Iterator[Contingency]:
    """Yield the cross table of each pair with a discrete column; numeric ones are cut into bins."""
    codes = x.discrete + _bin(x), y.discrete + _bin(y)
    levels = x.levels + [BINS + 1] * len(x.numeric)
    pairs = [*combinations(range(len(x.discrete)), 2)]
    pairs += product(range(len(x.discrete)), range(len(x.discrete), len(levels)))
    return count_pairs(codes, levels, pairs) if pairs else iter(())


def _correlation_drift(sides: Sides, rows: tuple[int, int], among: np.ndarray | None = None) -> Estimate | None:
    """Return the mean |r − r′| over the pairs of numeric columns, or some of them; r of a constant column is 0."""
    return _numeric_drift(sides, rows, absolute=False, among=among)


def _numeric_drift(
    sides: Sides, rows: tuple[int, int], *, absolute: bool, among: np.ndarray | None = None
) -> Estimate | None:
    upper = np.triu(np.ones(sides[0].r.shape, dtype=bool) if among is None else among, 1)
    if not upper.any():
        return None
    r = [np.nan_to_num(side.r) for side in sides]
    variances = [side.variances() for side in sides]
    slopes = [np.ones(upper.shape), np.ones(upper.shape)]
    rests = [np.zeros(upper.shape), np.zeros(upper.shape)]
    change = r[0] - r[1]
    if absolute:
        change = np.abs(r[0]) - np.abs(r[1])
        for side, of_side in enumerate(r):
            slope, rest = length_variance(of_side**2 / np.where(variances[side] > 0, variances[side], np.inf))
            slopes[side], rests[side] = slope * np.sign(of_side), rest * variances[side]
    total = sum(s**2 * v + rest for s, v, rest in zip(slopes, variances, rests, strict=True))
    slope, rest = length_variance(change**2 / np.where(total > 0, total, np.inf))
    towards = np.where(upper, slope * np.sign(change), 0.0) / upper.sum()
    x, y = (side.influences(towards * of_side) for side, of_side in zip(sides, slopes, strict=True))
    left = float((rest * total + slope**2 * (rests[0] + rests[1]))[upper].sum()) / upper.sum() ** 2
    return Estimate(float(np.abs(change)[upper].mean()), (x, -y), rows, left)


def _association_drift(x: Columns, y: Columns, sides: Sides) -> Estimate | None:
    rows, numeric = (x.rows, y.rows), len(x.numeric)
    parts, weights = [], []
    if between := _numeric_drift(sides, rows, absolute=True):
        parts.append(between)
        weights.append(numeric * (numeric - 1) / 2)
    discrete = [*combinations(range(len(x.discrete)), 2)]
    if discrete:
        parts += [table.cramers_v_drift() for table in count_pairs((x.discrete, y.discrete), x.levels, discrete)]
    for place, column in product(range(numeric), range(len(x.discrete))):
        parts.append(
            drift(*(_mixed_side(side, place, columns, column) for side, columns in zip(sides, (x, y), strict=True)))
        )
    return average(parts, weights + [1.0] * (len(parts) - len(weights)))


def _mixed_side(side: Correlations, place: int, columns: Columns, column: int) -> Side:
    """Return η of a numeric on a discrete column."""
    codes = columns.discrete[column]
    value, influence = side.ratio(place, codes, levels=columns.levels[column])
    squared = columns.rows * value**2 / max(1 - value**2, 1e-9)
    levels = int(np.count_nonzero(np.bincount(codes, minlength=columns.levels[column])))
    return Side.of(value, influence, columns.rows, squared=squared, freedom=max(levels - 1, 1))


def _bin(columns: Columns) -> list[np.ndarray]:
    """Return (rows,) bins from 0 for each numeric column; the largest and the missing values have the bin ``BINS``."""
    codes = []
    for values in columns.numeric:
        code = np.full(len(values), -1, dtype=np.intp)
        for edge in bin_edges(values, BINS):
            code += values >= edge
        codes.append(np.where(np.isfinite(values), code, BINS))
    return codes


METRIC = RowMetric(
    name="pairs",
    modalities=TABLE,
    measure=measure,
    endpoints=ENDPOINTS,
)
