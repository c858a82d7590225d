"""A3 and A4: moments of the normal distribution that the loop refits, under replace, accumulate and subsample.

Model of Kazdan et al. 2024, arXiv 2410.16713. S is the fitted variance (divisor M − ddof), μ the fitted mean, and the
population is N(0, 1). With ddof = 0 the variance shrinks, and its loss equals the squared error of the mean.
"""

import math
from dataclasses import dataclass
from typing import Literal

from outcross.jobs.acceptance.theory.exact import Exact

Policy = Literal["replace", "accumulate"]


@dataclass(frozen=True)
class Moments:
    """Expectations over replicates of the fitted variance S and the fitted mean μ.

    Attributes:
        s: E[S].
        m2: E[μ²].
        s_s: E[S²].
        s_m2: E[S μ²].
        m4: E[μ⁴].
    """

    s: float = 1.0
    m2: float = 0.0
    s_s: float = 1.0
    s_m2: float = 0.0
    m4: float = 0.0

    def step(self, *, factor: float, factor_squared: float, factor_jump: float, jump: float) -> "Moments":
        """Apply S ← S·F and μ ← μ + √(jump·S)·z, with z ~ N(0, 1) and F independent of all earlier steps.

        Args:
            factor: E[F].
            factor_squared: E[F²].
            factor_jump: E[F z²].
            jump: variance of the mean's step, in units of S.
        """
        return Moments(
            s=factor * self.s,
            m2=self.m2 + jump * self.s,
            s_s=factor_squared * self.s_s,
            s_m2=factor * self.s_m2 + jump * factor_jump * self.s_s,
            m4=self.m4 + 6 * jump * self.s_m2 + 3 * jump**2 * self.s_s,
        )

    def rescale(self, scale: float) -> "Moments":
        """Return the moments with S replaced by scale·S."""
        return Moments(scale * self.s, self.m2, scale**2 * self.s_s, scale * self.s_m2, self.m4)


def moments(policy: Policy, *, rows: int, generation: int, ddof: Literal[0, 1] = 0) -> Moments:
    """Return all first and second moments of (S, μ²) after a number of fits.

    Replace: S_k = S_{k−1}·χ²/(M − ddof) with M − 1 degrees of freedom, μ_k = μ_{k−1} + √(S_{k−1}/M)·z.
    Accumulate: the pool of k blocks has V_k = V_{k−1}(k−1)/k + block variance/k + (k−1)/k²·(block mean − pool mean)²
    and S_k = V_k·kM/(kM − ddof). Derived; E[S_n] is that of Kazdan et al. 2024, arXiv 2410.16713.
    """
    state = Moments()
    for k in range(1, generation + 1):
        state = (_replace if policy == "replace" else _accumulate)(state, rows, k, ddof)
    return state if policy == "replace" else state.rescale(_unbias(generation * rows, ddof))


def fitted_variance(policy: Policy, *, rows: int, generation: int, ddof: Literal[0, 1] = 0) -> Exact:
    """A3: E[S_n], and the variance of one replicate.

    ddof = 0: replace (1 − 1/M)ⁿ with E[S_n²] = (1 − 1/M²)ⁿ; accumulate Π_{i≤n}(1 − 1/(M i²)). Kazdan et al. 2024,
    arXiv 2410.16713; the second moments are derived from :func:`moments`.
    """
    m = moments(policy, rows=rows, generation=generation, ddof=ddof)
    return Exact(m.s, m.s_s - m.s**2)


def squared_drift(policy: Policy, *, rows: int, generation: int, ddof: Literal[0, 1] = 0) -> Exact:
    """E[(μ_n − μ_0)²], the excess risk of the mean, and the variance of one replicate; derived, see :func:`moments`."""
    m = moments(policy, rows=rows, generation=generation, ddof=ddof)
    return Exact(m.m2, m.m4 - m.m2**2)


def conserved_sum(policy: Policy, *, rows: int, generation: int, ddof: Literal[0, 1] = 0) -> Exact:
    """A4: E[S_n + (μ_n − μ_0)²]: constant at 1 with ddof = 0; with ddof = 1 it grows, under replace to 1 + n/M.

    Derived: with ddof = 0 a row drawn uniformly from the training rows has the variance S_n + (μ_n − μ_0)² around μ_0.
    Such a row has the distribution of a row drawn from the model before, so its expected variance around μ_0 is that of
    one generation earlier.
    """
    m = moments(policy, rows=rows, generation=generation, ddof=ddof)
    mean = m.s + m.m2
    return Exact(mean, m.s_s + 2 * m.s_m2 + m.m4 - mean**2)


def accumulate_limit(rows: int) -> float:
    """A3: Π_{i≥1}(1 − 1/(M i²)) = sin(π/√M)/(π/√M), the limit of the variance under accumulate, ddof = 0.

    Euler's product for the sine; also the share of heterozygosity that a categorical distribution retains.
    """
    angle = math.pi / math.sqrt(rows)
    return math.sin(angle) / angle


def subsample_moments(*, rows: int, generation: int, ddof: Literal[0, 1] = 0) -> tuple[float, float]:
    """A3, A4: (E[S_n], E[(μ_n − μ_0)²]) where each model is fitted on M rows drawn without replacement from the pool.

    With N = kM pooled rows of variance a_k: E[S_k] = (M−1)/(M−ddof)·N/(N−1)·a_k. The subsample's mean has the variance
    v = a_k(N−M)/(M(N−1)) around the pool's, and the next block moves the pool's mean and variance as under accumulate.
    With ddof = 0 this is the recursion a_k = a_{k−1} − (v + b_{k−1}/M)/k². Derived, for Kazdan et al. 2024,
    arXiv 2410.16713.
    """
    pool, centre, fitted, stray = 1.0, 0.0, 1.0, 0.0
    for k in range(1, generation + 1):
        distance = stray + fitted / rows
        pool = (k - 1) / k * pool + (1 - 1 / rows) * fitted / k + (k - 1) / k**2 * distance
        centre += distance / k**2
        pooled = k * rows
        fitted = (rows - 1) / (rows - ddof) * pooled / (pooled - 1) * pool
        stray = pool * (pooled - rows) / (rows * (pooled - 1))
    return fitted, centre + stray


def _replace(before: Moments, rows: int, _generation: int, ddof: int) -> Moments:
    divisor = rows - ddof
    shrinkage = (rows - 1) / divisor
    return before.step(
        factor=shrinkage, factor_squared=(rows**2 - 1) / divisor**2, factor_jump=shrinkage, jump=1 / rows
    )


def _accumulate(before: Moments, rows: int, k: int, ddof: int) -> Moments:
    """Add block k; ``before`` contains the pool's variance with divisor (k−1)M."""
    drawn = _unbias((k - 1) * rows, ddof)
    of_block = drawn / (k * rows)
    of_distance = drawn * (k - 1) / (k**2 * rows)
    factor = (k - 1) / k + of_block * (rows - 1) + of_distance
    spread = 2 * of_block**2 * (rows - 1) + 2 * of_distance**2
    return before.step(
        factor=factor,
        factor_squared=factor**2 + spread,
        factor_jump=factor + 2 * of_distance,
        jump=drawn / (k**2 * rows),
    )


def _unbias(rows: int, ddof: int) -> float:
    """Return the factor that turns the divisor n into n − ddof; 1 for the population itself (no rows)."""
    return rows / (rows - ddof) if rows else 1.0
