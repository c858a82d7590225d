"""Compare a measured value with the exact one."""

import math
from dataclasses import dataclass

import numpy as np

from outcross.jobs.acceptance.theory.exact import Exact

ALLOWED_ERRORS = 4.0
"""Largest |z| that passes: the distance of a measured value from the exact one, in standard errors."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One measured value and the exact value that it has to agree with.

    Attributes:
        quantity: name of the quantity.
        exact: its value by the formula.
        measured: its value in the store.
        standard_error: of the measured value; 0 where the two have to be identical.
        within: tolerance that the claim states, used in place of standard errors.
    """

    quantity: str
    exact: float
    measured: float
    standard_error: float = 0.0
    within: float | None = None

    @property
    def z(self) -> float:
        """|measured − exact| in standard errors; with a tolerance, scaled so that 4 is exactly the tolerance."""
        unit = self.standard_error if self.within is None else self.within / ALLOWED_ERRORS
        distance = abs(self.measured - self.exact)
        if not math.isfinite(distance):
            return math.inf
        return distance / unit if unit > 0 else (0.0 if distance == 0 else math.inf)

    @property
    def holds(self) -> bool:
        """Whether measured and exact value agree."""
        return self.z <= ALLOWED_ERRORS


def mean_and_error(values: np.ndarray) -> tuple[float, float]:
    """Return the mean over replicates, and its standard error estimated from the same replicates."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def compare_mean(exact: Exact, quantity: str, values: np.ndarray, *, columns: int = 1) -> Comparison:
    """Compare the mean over replicates with its expectation, in units of the exact standard error.

    Args:
        exact: expectation and variance for one replicate and one column.
        quantity: name of the quantity.
        values: (replicates,), one value per replicate, each the mean over independent columns.
        columns: number of those columns.
    """
    error = exact.standard_error(len(values), columns=columns)
    return Comparison(quantity=quantity, exact=exact.mean, measured=float(values.mean()), standard_error=error)
