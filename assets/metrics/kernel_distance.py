"""Kernel distance (KID's squared MMD): an unbiased distance of two clouds in means, variances and skews."""

import numpy as np

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.metrics.contract import IMAGE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.seeds import derive_seed, generator

ENDPOINTS = (
    Endpoint(
        "kernel_distance",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "squared maximum mean discrepancy in an embedding fitted on the anchor, cubic kernel, unbiased",
        has_zero=False,
        unit="squared distance",
    ),
)

BLOCKS = 10
"""Disjoint blocks of the rows; the spread of their distances gives the standard error."""
MOST_ROWS = 5_000
"""Most rows of either side; of more, a sample is drawn by seed."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``kernel_distance`` in the probe's embedding.

    Unlike ``frechet`` it is unbiased: between equal distributions it is 0 on average, and may be negative.
    """
    sides = [
        draw_rows(view.points, MOST_ROWS, derive_seed("kernel distance", name, comparison.seed))
        for name, view in zip(("synthetic", "reference"), comparison.views, strict=True)
    ]
    seed, scale = derive_seed("blocks", comparison.seed), comparison.probe.total_variance
    return [Measurement("kernel_distance", *kernel_distance(*sides, scale=scale, seed=seed))]


def kernel_distance(x: np.ndarray, y: np.ndarray, *, scale: float, seed: int) -> tuple[float, float]:
    """Return the squared maximum mean discrepancy under k(a, b) = (a·b ÷ scale + 1)³, with its standard error.

    The kernel is that of Bińkowski et al. 2018 (arXiv 1801.01401), where the scale is the number of features of an
    Inception network. Here the scale is the anchor's variance summed over dimensions, which balances the three powers.
    The estimate averages the unbiased one (Gretton et al. 2012, JMLR 13:723, equation 3) over disjoint random blocks of
    both sides, as in Zaremba et al. 2013 (arXiv 1307.1954). Blocks are independent, so the standard error is that of a
    mean, also between equal distributions; it is NaN for a single block.

    Args:
        x: (rows, dimensions), at least two rows.
        y: (rows, dimensions) of the other cloud.
        scale: divisor of the products; 0, for an anchor without spread, divides by 1.
        seed: seed of the assignment of rows to blocks.
    """
    blocks = min(BLOCKS, len(x) // 2, len(y) // 2)
    random = generator(seed)
    dealt = [np.array_split(random.permutation(len(side)), blocks) for side in (x, y)]
    found = np.array([_unbiased(x[of_x], y[of_y], scale or 1.0) for of_x, of_y in zip(*dealt, strict=True)])
    error = float(found.std(ddof=1) / np.sqrt(blocks)) if blocks > 1 else float("nan")
    return float(found.mean()), error


def _unbiased(x: np.ndarray, y: np.ndarray, scale: float) -> float:
    """Return the mean kernel of pairs within x, plus that within y, less twice that across; no row meets itself."""
    within = 0.0
    for side in (x, y):
        kernel = _kernel(side, side, scale)
        within += float(kernel.sum() - np.trace(kernel)) / (len(side) * (len(side) - 1))
    return within - 2 * float(_kernel(x, y, scale).mean())


def _kernel(x: np.ndarray, y: np.ndarray, scale: float) -> np.ndarray:
    inner = x @ y.T / scale + 1.0
    result: np.ndarray = inner * inner * inner
    return result


METRIC = RowMetric(
    name="kernel_distance",
    modalities=IMAGE,
    measure=measure,
    endpoints=ENDPOINTS,
)
