"""Confidence limits of a safe share by a bootstrap over replicates, and how many replicates would decide it."""

import bisect
import math
from dataclasses import dataclass

import numpy as np

from outcross.assets.verdict.degradation import Degradations
from outcross.assets.verdict.dose_response import Floats, isotonic, safe_shares
from outcross.resources.seeds import derive_seed, generator

RESAMPLES = 4000
CONFIDENCE = 0.95
FEWEST_REPLICATES = 3
MOST_REPLICATES = 1000


@dataclass(frozen=True)
class Resamples:
    """Curves and safe shares of resampled studies.

    Attributes:
        curves: (resamples, rungs) fitted degradations.
        safe: (resamples,) safe shares.
        unbounded: share of resamples whose curve never crosses the tolerance.
    """

    curves: Floats
    safe: Floats
    unbounded: float

    @property
    def lower_limit(self) -> float:
        """One-sided lower 95 % limit of the safe share."""
        return float(_quantile(self.safe, 1 - CONFIDENCE))

    @property
    def surely_zero(self) -> bool:
        """Whether the upper 95 % limit of the safe share is zero."""
        return bool(_quantile(self.safe, CONFIDENCE) == 0.0)

    def band(self) -> tuple[Floats, Floats]:
        """Two-sided 90 % band of the fitted curve, (rungs,) each; its upper edge crosses the tolerance at the limit."""
        return _quantile(self.curves, 1 - CONFIDENCE), _quantile(self.curves, CONFIDENCE)

    def decides(self, point: float) -> bool:
        """Whether these resamples place the safe share: above zero and below the top rung, or surely at zero."""
        if point == 0.0:
            return self.surely_zero
        return self.lower_limit > 0.0 and self.unbounded <= 1 - CONFIDENCE


def fitted_curve(paired: Degradations) -> Floats:
    """The monotone fit to the mean degradation, (rungs,)."""
    result: Floats = isotonic(paired.relative.mean(axis=0, keepdims=True))[0]
    return result


def resample(
    paired: Degradations, shares: tuple[float, ...], tolerance: float, *, seed: int, size: int | None = None
) -> Resamples:
    """Draw studies of ``size`` replicates from the observed ones, and fit each.

    A replicate is drawn with all its rungs and its generation 0, so that the pairing holds. With few replicates the
    plain percentile interval is too narrow for two reasons: the bootstrap's variance is (n−1)/n of the unbiased one,
    and its tails are normal where Student's are needed. Hesterberg (2015, The American Statistician 69:371) widens
    the percentile to Φ(−√(n/(n−1))·t), which for three replicates asks for a quantile that 27 resamples do not have.
    Here the same factor, √(n/(n−1))·t/z, widens each resample's deviation from the observed means instead, before the
    monotone fit; the quantile stays at 5 %.

    Args:
        paired: degradations of two replicates or more.
        shares: of the rungs, ascending.
        tolerance: degradation that is still accepted.
        seed: of the draws.
        size: replicates in a resample; by default as many as were observed.
    """
    from scipy.special import ndtri, stdtrit

    observed = len(paired.replicates)
    size = size or observed
    widening = math.sqrt(observed / (observed - 1)) * stdtrit(size - 1, CONFIDENCE) / ndtri(CONFIDENCE)
    draws = generator(derive_seed("verdict", seed, size))
    weights = draws.multinomial(size, np.full(observed, 1 / observed), size=RESAMPLES) / size
    means = _weighted_means(weights, paired.change)
    base = (weights @ paired.base)[:, None]
    # A resample whose replicates all start at zero has no relative change: like a collapse, it counts as the worst.
    means = np.divide(means, base, out=np.full_like(means, np.inf), where=base > 0)
    centre = paired.relative.mean(axis=0)
    known = np.isfinite(centre)
    means[:, known] = centre[known] + widening * (means[:, known] - centre[known])
    curves = isotonic(means)
    return Resamples(
        curves=curves,
        safe=safe_shares(np.array(shares), curves, tolerance),
        unbounded=float((curves[:, -1] <= tolerance).mean()),
    )


def replicates_needed(
    paired: Degradations, shares: tuple[float, ...], tolerance: float, *, point: float, seed: int
) -> int | None:
    """The smallest study, up to 1,000 replicates like the observed ones, that would decide; None where none would.

    Searched by bisection, since a larger study decides whatever a smaller one does. One replicate shows no
    spread: the answer is then the fewest that a verdict needs.
    """
    observed = len(paired.replicates)
    if observed < 2:
        return FEWEST_REPLICATES

    def decides(size: int) -> bool:
        return resample(paired, shares, tolerance, seed=seed, size=size).decides(point)

    sizes = range(max(FEWEST_REPLICATES, observed + 1), MOST_REPLICATES + 1)
    if not sizes or not decides(sizes[-1]):
        return None
    return sizes[bisect.bisect_left(sizes, True, key=decides)]


def _weighted_means(weights: Floats, change: Floats) -> Floats:
    """Mean change under each row of weights; a replicate that was not drawn contributes nothing, even if infinite."""
    infinite = np.isinf(change)
    means = weights @ np.where(infinite, 0.0, change)
    means[weights @ infinite > 0] = np.inf
    return means


def _quantile(values: Floats, probability: float) -> Floats:
    """An observed value, never an average of two: averages with +inf have no meaning."""
    return np.quantile(values, probability, axis=0, method="inverted_cdf")
