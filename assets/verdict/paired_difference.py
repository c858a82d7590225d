"""The mean of paired differences: its interval, its p-value and its standardised size, from few and skewed replicates.

The interval is Student's, corrected for skewness as the limits of a ladder are. Two arms give one sample of
differences, so that nothing else helps to estimate its skewness: a whole standard error of it is allowed for.
"""

from dataclasses import dataclass

import numpy as np

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.skewed_t import sample_skewness, t_quantile, t_quantiles

CONFIDENCE = 0.95
_CAUTION = 1.0
"""Standard errors that are added to the estimated skewness, on either side."""
_SMALLEST = 1e-9
"""Smallest probability of one side that is searched for; below it, a p-value means nothing."""
_HALVINGS = 60


@dataclass(frozen=True, kw_only=True)
class PairedDifference:
    """What paired differences show of their mean.

    Attributes:
        mean: of the differences.
        lower: lower end of the two-sided 95 % interval.
        upper: its upper end.
        p: two-sided p-value of the mean being zero: one minus the confidence of the widest interval that leaves zero
            out, so that it is below 0.05 where the 95 % interval does.
        effect: Hedges' g of paired samples, mean ÷ deviation of the differences · (1 − 3/(4(R − 1) − 1)), without unit
            (Hedges 1981, Journal of Educational Statistics 6:107; Lakens 2013, Frontiers in Psychology 4:863).
    """

    mean: float
    lower: float
    upper: float
    p: float
    effect: float


def paired_difference(differences: Floats, *, lost: float = 0.0) -> PairedDifference:
    """Return what the differences of three or more replicates, not all of them equal, show of their mean.

    Args:
        differences: (replicates,) finite.
        lost: what a run that loses everything would add, where one in many may; the interval is widened by it, times
            the largest share of runs in which it could have stayed unseen.
    """
    replicates = len(differences)
    lower, upper = intervals(differences[None], lost=lost)
    mean, deviation = float(differences.mean()), float(differences.std(ddof=1))
    effect = mean / deviation * (1 - 3 / (4 * (replicates - 1) - 1))
    p = _p_value(differences, lost)
    return PairedDifference(mean=mean, lower=float(lower[0]), upper=float(upper[0]), p=p, effect=effect)


def intervals(differences: Floats, *, lost: float = 0.0) -> tuple[Floats, Floats]:
    """Return the ends of the 95 % interval of each study's mean: (studies,) each.

    Args:
        differences: (studies, replicates) finite.
        lost: as for :func:`paired_difference`.
    """
    replicates, tail = differences.shape[1], (1 - CONFIDENCE) / 2
    mean, error = differences.mean(axis=1), differences.std(axis=1, ddof=1) / np.sqrt(replicates)
    skewness, caution = sample_skewness(differences, axis=1), _caution(replicates)
    unseen = lost * _unseen(tail, replicates)
    upper: Floats = mean - t_quantile(tail, replicates, skewness + caution) * error + unseen
    lower: Floats = mean + t_quantile(tail, replicates, -skewness + caution) * error - unseen
    return lower, upper


def _p_value(differences: Floats, lost: float) -> float:
    """Twice the smallest probability of a side at which the interval leaves zero out."""
    replicates, skewness = len(differences), float(sample_skewness(differences[None], axis=1)[0])
    mean, error = float(differences.mean()), float(differences.std(ddof=1)) / np.sqrt(replicates)
    # The limit on the side of zero is the lower one of a mean above zero, and by symmetry that of a mean below it.
    quantile = t_quantiles(replicates, -np.sign(mean) * skewness + _caution(replicates))

    def leaves_out(tail: float) -> bool:
        return bool(abs(mean) + quantile(tail) * error - lost * _unseen(tail, replicates) > 0)

    if not leaves_out(0.5):
        return 1.0
    low, high = np.log(_SMALLEST), np.log(0.5)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if leaves_out(float(np.exp(middle))) else (middle, high)
    return float(2 * np.exp(high))


def _caution(replicates: int) -> float:
    return float(_CAUTION * np.sqrt(6 / replicates))


def _unseen(tail: float, replicates: int) -> float:
    """The largest share of runs in which an event could happen without being seen in any."""
    return float(1 - tail ** (1 / replicates))
