"""Influence functions: standard errors of quantities that compare two samples, and of means of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_ROWS = 5_000
"""Most rows of either side whose influence is computed, evenly spaced: enough to estimate its variance."""


@dataclass(frozen=True)
class Estimate:
    """One value and the influence of each side's rows on it.

    For other samples the value changes by about the mean of their influences (infinitesimal jackknife; Hampel 1974,
    JASA 69:383), so its variance is the sum over both sides of Var(influence) ÷ rows. Influences of several estimates
    for the same rows add up row by row, so a mean over columns includes the columns' dependence.

    Attributes:
        value: the value for these two samples.
        influences: (sampled rows,) per side.
        rows: number of all rows, per side.
        rest: variance that is not linear in the rows, such as that of an absolute value near 0.
    """

    value: float
    influences: tuple[np.ndarray, np.ndarray]
    rows: tuple[int, int]
    rest: float = 0.0

    @property
    def standard_error(self) -> float:
        """The standard error; NaN if the value or an influence is NaN."""
        sides = zip(self.influences, self.rows, strict=True)
        variance = sum(float(influence.var()) / rows for influence, rows in sides)
        return float(np.sqrt(variance + self.rest)) if np.isfinite(self.value) else float("nan")

    @property
    def value_and_error(self) -> tuple[float, float]:
        """The value and its standard error."""
        return self.value, self.standard_error


def average(estimates: Sequence[Estimate], weights: Sequence[float] | None = None) -> Estimate | None:
    """Return the weighted mean of the estimates whose value is not NaN; None if there are none."""
    pairs = [
        (each, weight)
        for each, weight in zip(estimates, weights or [1.0] * len(estimates), strict=True)
        if not np.isnan(each.value) and weight > 0
    ]
    if not pairs:
        return None
    total = sum(weight for _, weight in pairs)
    x, y = (
        np.sum(
            [weight / total * each.influences[side] for each, weight in pairs], axis=0
        )  # entry i is the same row in each
        for side in (0, 1)
    )
    value = sum(weight * each.value for each, weight in pairs) / total
    rest = sum((weight / total) ** 2 * each.rest for each, weight in pairs)
    return Estimate(value, (x, y), pairs[0][0].rows, rest)


def sample_slice(rows: int) -> slice:
    """Return the slice of the rows whose influence is computed."""
    return slice(None, None, max(1, -(-rows // MOST_ROWS)))
