"""A measured value beside the exact one."""

import math
from dataclasses import dataclass

import numpy as np

from outcross.jobs.acceptance.theory.exact import Exact

ALLOWED_ERRORS = 4.0
"""Standard errors that a measured value may lie from the exact one."""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """One exact value beside the measured one.

    Attributes:
        quantity: what it is.
        exact: from the formula.
        measured: from the store.
        standard_error: of the measured value; 0 where it has to agree to the last bit.
        within: a tolerance stated by the claim, in place of standard errors.
    """

    quantity: str
    exact: float
    measured: float
    standard_error: float = 0.0
    within: float | None = None

    @property
    def z(self) -> float:
        """|measured − exact| in standard errors; where a tolerance is stated, scaled so that 4 is its edge."""
        unit = self.standard_error if self.within is None else self.within / ALLOWED_ERRORS
        distance = abs(self.measured - self.exact)
        if not math.isfinite(distance):
            return math.inf
        return distance / unit if unit > 0 else (0.0 if distance == 0 else math.inf)

    @property
    def holds(self) -> bool:
        """Whether measured and exact agree."""
        return self.z <= ALLOWED_ERRORS


def mean(values: np.ndarray) -> tuple[float, float]:
    """Mean over replicates and its standard error, estimated from them."""
    return float(values.mean()), float(values.std(ddof=1) / np.sqrt(len(values)))


def against(exact: Exact, quantity: str, values: np.ndarray, *, columns: int = 1) -> Comparison:
    """Hold the mean over replicates against its expectation, in exact standard errors.

    Args:
        exact: of one replicate and one column.
        quantity: what it is.
        values: of each replicate, (replicates,), each the mean over independent columns.
        columns: how many.
    """
    error = exact.standard_error(len(values), columns=columns)
    return Comparison(quantity=quantity, exact=exact.mean, measured=float(values.mean()), standard_error=error)
