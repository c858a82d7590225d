"""Quantities that compare two samples, with what each row adds to them: standard errors of them and their means."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

MOST_ROWS = 5_000
"""Rows of either side whose influence is computed, evenly spaced among all: enough to know its spread."""


@dataclass(frozen=True)
class Estimate:
    """One value and the influence function of each side's rows.

    The value of other samples differs by about the mean of their influences (infinitesimal jackknife; Hampel 1974, JASA
    69:383), so its variance is the sum over sides of Var(influence) ÷ rows. Influences of several estimates of the
    same rows add up row by row, so a mean over columns keeps the columns' dependence.

    Attributes:
        value: of the two samples.
        influences: a (sampled rows,) array a side.
        rows: of either side, all of them.
    """

    value: float
    influences: tuple[np.ndarray, np.ndarray]
    rows: tuple[int, int]

    @property
    def standard_error(self) -> float:
        """NaN where the value or an influence is no number."""
        sides = zip(self.influences, self.rows, strict=True)
        variance = sum(float(influence.var()) / rows for influence, rows in sides)
        return float(np.sqrt(variance)) if np.isfinite(self.value) else float("nan")

    @property
    def value_and_error(self) -> tuple[float, float]:
        """Value and standard error."""
        return self.value, self.standard_error


def average(estimates: Sequence[Estimate], weights: Sequence[float] | None = None) -> Estimate | None:
    """The mean of those whose value is a number; None where there is none."""
    pairs = [
        (each, weight)
        for each, weight in zip(estimates, weights or [1.0] * len(estimates), strict=True)
        if not np.isnan(each.value) and weight > 0
    ]
    if not pairs:
        return None
    total = sum(weight for _, weight in pairs)
    x, y = (
        np.sum([weight / total * each.influences[side] for each, weight in pairs], axis=0)  # a row is a row in each
        for side in (0, 1)
    )
    return Estimate(sum(weight * each.value for each, weight in pairs) / total, (x, y), pairs[0][0].rows)


def sample_slice(rows: int) -> slice:
    """The rows whose influence is computed."""
    return slice(None, None, max(1, -(-rows // MOST_ROWS)))
