"""The ratio of two rates of rare things, from counts so small that some are 0."""

import numpy as np

LEAST = 0.5
"""Count that an empty side has: half of the least that can be seen, so that its logarithm is finite. Where two or three
are expected, it raises the mean by 2 % at most."""


def rate_ratio(
    x: np.ndarray, y: np.ndarray, *, x_units: np.ndarray | None = None, y_units: np.ndarray | None = None
) -> tuple[float, float]:
    """Return Σx ÷ units of x over Σy ÷ units of y, with its standard error; NaN without units.

    One over a small count is too large on average. So the count below is raised by its variance ÷ its size, which is 1
    for independent rare things: (Σx/n) ÷ ((Σy + 1)/m) has the mean 1 − e^−μ for Poisson counts of equal rates, μ the
    mean of Σy (Beale 1962; Tin 1965, JASA 60:294). The error is the delta method's for a ratio of independent ratios.

    Args:
        x: (rows,) counts of one side.
        y: (rows,) counts of the other side.
        x_units: (rows,) how many could be counted in each row; default: 1.
        y_units: (rows,) the same for the other side.
    """
    (of_x, spread_x, total_x), (of_y, spread_y, total_y) = (
        _count(counts, units) for counts, units in ((x, x_units), (y, y_units))
    )
    if not total_x or not total_y:
        return float("nan"), float("nan")
    above, below = max(of_x, LEAST), of_y + (spread_y / of_y if of_y else 1.0)
    value = (above / total_x) / (below / total_y)
    return value, value * float(np.sqrt(max(spread_x, LEAST) / above**2 + max(spread_y, LEAST) / below**2))


def _count(counts: np.ndarray, units: np.ndarray | None) -> tuple[float, float, float]:
    """Return the sum of counts, its variance, and the units."""
    of = np.ones(len(counts)) if units is None else units.astype(float)
    total, seen = float(counts.sum()), float(of.sum())
    rate = total / seen if seen else 0.0
    return total, float(((counts - rate * of) ** 2).sum()), seen
