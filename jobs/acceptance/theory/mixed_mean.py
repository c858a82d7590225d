"""The mean of n real rows and of rows drawn from a pool whose mean is off by b: risk, gain, and the worth of a row.

With m pool rows beside r real ones, p = m/(r + m), the squared error of the mean is p²b² + (1−p)²/r + p²v/m·(1 − m/P)
in expectation, for real rows of variance 1 and a pool of P rows with mean exactly b and variance v·(P−1)/P, drawn
without replacement (Cochran 1977, Sampling Techniques, §2.5). Where P is large and v = 1, this is p²b² + 1/(r + m).
Added to all n real rows it is least at p = 1/(2nb²), where it lies 1/(4nb²) below 1/n, and equal to it at p = 1/(nb²).
"""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class MixedMean:
    """A pool and the real rows it is mixed with.

    Attributes:
        rows: n.
        bias: n·b².
        pool: P; the pool's rows.
        variance: v, sum of squares of the pool's rows around their mean ÷ (P − 1).
    """

    rows: int
    bias: float
    pool: int
    variance: float = 1.0

    def risk(self, *, real: int, synthetic: int) -> float:
        """Return the expected squared error of the mean of a mix, times n."""
        together = real + synthetic
        share = synthetic / together
        found = share**2 * self.bias / self.rows + (real / together) ** 2 / max(real, 1)
        if synthetic:
            found += share**2 * self.variance / synthetic * (1 - synthetic / self.pool)
        return self.rows * found

    def worth(self, *, real: int, synthetic: int) -> float:
        """Return how many real rows a synthetic one of the mix replaces."""
        return (self.rows / self.risk(real=real, synthetic=synthetic) - real) / synthetic
