"""The shares that are shown to be safe: one test a rung, from the smallest share up, until the first that fails.

The rungs are tested in a fixed order and the first failure ends the sequence, so the limit needs no correction for the
number of rungs (Westfall & Krishen 2001, Journal of Statistical Planning and Inference 99:25). It assumes only that
damage does not fall with the share.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.error_levels import ERROR, Levels, carry, one_level
from outcross.assets.verdict.skewed_t import t_quantile

CONFIDENCE = 1 - ERROR
FEWEST_REPLICATES = 3

_CAUTION = 0.25
"""Standard errors that are added to the estimated skewness, since the skewness of few replicates is underestimated."""

Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class RungTests:
    """What one study, or many, shows at each rung above the control.

    Attributes:
        safe: (…, rungs) whether the mean excess is shown to be at most zero, with 95 % confidence over all rungs.
        harmful: (…, rungs) whether it is shown to be above zero.
        lower: (…, rungs) one-sided lower limit of the mean excess, 95 % where the ladder adds no rungs.
        upper: (…, rungs) its one-sided upper limit.
    """

    safe: Flags
    harmful: Flags
    lower: Floats
    upper: Floats

    def last_safe(self) -> NDArray[np.intp]:
        """Return the number of rungs, from the smallest share up, that are all shown to be safe: (…)."""
        return _leading(self.safe)

    def first_harmful(self) -> NDArray[np.intp]:
        """Return the number of rungs, from the largest share down, that are all shown to be harmful: (…)."""
        return _leading(self.harmful[..., ::-1])


def check_rungs(excess: Floats, *, unseen: Floats | None = None, levels: Levels | None = None) -> RungTests:
    """Test at each rung whether the mean excess over the tolerance lies below zero, and whether above.

    The limits are Student's, corrected for the skewness of the excess, which all rungs estimate together: that of one
    rung of five replicates is too uncertain.

    Args:
        excess: (…, replicates, rungs) damage − tolerance; +inf where a model has no finite value left.
        unseen: (rungs,) excess that an event of every run would add, weighed with the largest share of runs in which
            it could have stayed unseen; nothing by default.
        levels: at which each rung is tested; 5 % by default.
    """
    replicates = excess.shape[-2]
    levels = levels or one_level(excess.shape[-1])
    finite: Flags = np.asarray(np.isfinite(excess).all(axis=-2))
    known = np.where(finite[..., None, :], excess, 0.0)
    mean, deviation = known.mean(axis=-2), known.std(axis=-2, ddof=1)
    skewness = pooled_skewness(known, mean, deviation, finite & np.array(levels.planned))
    error, caution = deviation / np.sqrt(replicates), skewness_caution(replicates)
    upper = mean - _quantiles(levels.safe, replicates, skewness + caution) * error
    lower = mean + _quantiles(levels.harmful, replicates, -skewness + caution) * error
    if unseen is not None:
        upper = upper + unseen
    # One collapse in the population makes its mean infinite, and one was seen.
    upper, lower = np.where(finite, upper, np.inf), np.where(finite, lower, np.inf)
    return RungTests(safe=carry(upper <= 0, levels), harmful=lower > 0, lower=lower, upper=upper)


def unseen_share(runs: int, *, error: float = 1 - CONFIDENCE) -> float:
    """Return the largest share of runs in which an event could happen without being seen in any, at 95 % confidence.

    Exactly 1 − 0.05^(1/n); about 3/n ("rule of three", Hanley & Lippman-Hand 1983, JAMA 249:1743).

    Args:
        runs: n.
        error: another one than 5 %.
    """
    return float(1 - error ** (1 / runs))


def _quantiles(levels: tuple[float, ...], replicates: int, skewness: Floats) -> Floats:
    """Quantile of each rung's t statistic at its level: (…, rungs)."""
    found = {level: t_quantile(level, replicates, skewness) for level in set(levels)}
    return np.stack([found[level] for level in levels], axis=-1)


def skewness_caution(replicates: int) -> float:
    """Return what is added to an estimated skewness on either side, since that of few replicates is uncertain."""
    return float(_CAUTION * np.sqrt(6 / replicates))


def pooled_skewness(excess: Floats, mean: Floats, deviation: Floats, finite: Flags) -> Floats:
    """Return the mean over the rungs that vary of k₃/k₂^(3/2), with the unbiased third cumulant: (…).

    Args:
        excess: (…, replicates, rungs).
        mean: (…, rungs) of it.
        deviation: (…, rungs) of it.
        finite: (…, rungs) whether a rung counts.
    """
    n = excess.shape[-2]
    third = ((excess - mean[..., None, :]) ** 3).mean(axis=-2) * n * n / ((n - 1) * (n - 2))
    varies = finite & (deviation > 0)
    each = np.divide(third, deviation**3, out=np.zeros_like(third), where=varies)
    result: Floats = each.sum(axis=-1) / np.maximum(varies.sum(axis=-1), 1)
    return result


def _leading(flags: Flags) -> NDArray[np.intp]:
    """Number of leading true values along the last axis."""
    counted: NDArray[np.intp] = np.logical_and.accumulate(flags, axis=-1).sum(axis=-1)
    return counted
