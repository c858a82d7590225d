"""Divergence frontier (as in MAUVE): what synthetic rows miss of the real ones, and what they add."""

import warnings
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.histogram_divergence import frontier_area, frontier_integral
from outcross.assets.metrics.contract import TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.compute import thread_count
from outcross.resources.seeds import derive_seed

ENDPOINTS = (
    Endpoint(
        "frontier_area",
        Definition.SHAPE_DEFORMS,
        Reading.MODES,
        "higher",
        "area under the divergence frontier of synthetic and real rows, 1 where their histograms are equal",
    ),
    Endpoint(
        "frontier_integral",
        Definition.SHAPE_DEFORMS,
        Reading.MODES,
        "lower",
        "divergence of synthetic and real rows from their mixtures, 0 where their histograms are equal",
    ),
)

MOST_ROWS = 5_000
"""Rows of either side that are compared."""
ROWS_A_CELL = 10
EXPLAINED = 0.9
"""Share of the variance that the kept principal directions explain."""
PARTITIONS = 3
"""Partitions into cells over which values are averaged: for 2,000 rows a side, areas of single ones differ by 0.015."""

ValueAndError = tuple[float, float]
"""A value and its standard error."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``frontier_area`` and ``frontier_integral`` in the probe's embedding.

    Equally many rows are drawn from both sides, since both values depend on the number of rows. The embedding is not a
    language model's, so the values are not MAUVE and cannot be compared between studies.
    """
    sides = [view.points for view in comparison.views]
    rows = min(MOST_ROWS, *map(len, sides))
    synthetic, reference = (
        draw_rows(points, rows, derive_seed("frontier", name, comparison.seed))
        for name, points in zip(("synthetic", "reference"), sides, strict=True)
    )
    area, integral = compare_clouds(synthetic, reference, seed=derive_seed("cells", comparison.seed))
    return [Measurement("frontier_area", *area), Measurement("frontier_integral", *integral)]


def compare_clouds(x: np.ndarray, y: np.ndarray, *, seed: int) -> tuple[ValueAndError, ValueAndError]:
    """Return the area under the divergence frontier of two clouds and the integral, as means over three partitions.

    Standard errors are the delta method's for two multinomial samples with fixed cells.

    Args:
        x: (rows, dimensions), at least two rows.
        y: (rows, dimensions) of the other cloud.
        seed: seed of the partitions.
    """
    histograms = quantise(x, y, seed=seed)
    areas, integrals = (
        np.mean([measured(*each) for each in histograms], axis=0) for measured in (frontier_area, frontier_integral)
    )
    return (float(areas[0]), float(areas[1])), (float(integrals[0]), float(integrals[1]))


def quantise(x: np.ndarray, y: np.ndarray, *, seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Quantise both clouds by one k-means, three times, and return the rows of each cloud in every cell.

    As in Pillutla et al. 2021 (NeurIPS, arXiv 2102.01454): rows are scaled to length 1, both clouds together are
    projected to the principal directions that explain 90 % of their variance, and there is a cell for every ten rows of
    the smaller side, but at least two.
    """
    from sklearn.cluster import KMeans
    from sklearn.exceptions import ConvergenceWarning
    from threadpoolctl import threadpool_limits

    points, cells = _reduce_dimensions(np.concatenate([x, y])), max(2, round(min(len(x), len(y)) / ROWS_A_CELL))

    def partition(number: int) -> tuple[np.ndarray, np.ndarray]:
        drawn = derive_seed("partition", number, seed) % (1 << 32)
        found = KMeans(cells, init="random", n_init=1, random_state=drawn).fit_predict(points)
        return np.bincount(found[: len(x)], minlength=cells), np.bincount(found[len(x) :], minlength=cells)

    # One thread per partition: several threads in one k-means sum in any order, which could move a row to another cell.
    with warnings.catch_warnings(), threadpool_limits(1), ThreadPoolExecutor(thread_count()) as pool:
        warnings.simplefilter("ignore", ConvergenceWarning)  # with fewer distinct rows than cells, some stay empty
        return list(pool.map(partition, range(PARTITIONS)))


def _reduce_dimensions(points: np.ndarray) -> np.ndarray:
    """Return (rows, fewer dimensions) float32."""
    norms = np.sqrt((points**2).sum(axis=1))
    unit = points / np.where(norms > 0, norms, 1.0)[:, None]
    centred = unit - unit.mean(axis=0)
    values, vectors = np.linalg.eigh(centred.T @ centred)
    explained = np.cumsum(values[::-1])
    kept = int(np.searchsorted(explained, EXPLAINED * explained[-1])) + 1
    result: np.ndarray = (centred @ vectors[:, ::-1][:, :kept]).astype(np.float32)
    return result


METRIC = RowMetric(
    name="frontier",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
    opt_in=TEXT,
)
