"""An expectation, with the variance of one replicate around it."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Exact:
    """What a quantity is on average over replicates, and how far one replicate strays.

    The variance is what a test divides by. An estimated one misleads where the distribution has a heavy tail: a
    variance that shrinks under ``replace`` is carried by few replicates, and most samples contain none of them.

    Attributes:
        mean: the expectation.
        variance: of one replicate.
    """

    mean: float
    variance: float

    def standard_error(self, replicates: int, *, columns: int = 1) -> float:
        """Return that of the mean over independent replicates, each the mean over independent columns."""
        return math.sqrt(self.variance / (replicates * columns))
