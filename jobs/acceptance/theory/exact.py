"""Exact expectation of a quantity, with the variance of one replicate around it."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Exact:
    """Expectation of a quantity over replicates, and the variance of one replicate.

    A test computes its standard error from this variance. An estimated variance misleads where the distribution has a
    heavy tail: under ``replace`` few replicates carry most of the variance, and most samples contain none of them.

    Attributes:
        mean: the expectation.
        variance: variance of one replicate.
    """

    mean: float
    variance: float

    def standard_error(self, replicates: int, *, columns: int = 1) -> float:
        """Return the standard error of the mean over independent replicates, each a mean over independent columns."""
        return math.sqrt(self.variance / (replicates * columns))
