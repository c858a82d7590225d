"""The rungs that may be the best one, and the level at which a limit of whichever looks best still holds."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.limits import CONFIDENCE, Flags
from outcross.resources.seeds import derive_seed, generator

_CLEARLY_WORSE = 0.01
"""Level of the paired test that shows a rung to be worse than the one that looks best, and so out of contention."""
_STUDIES = 20_000
_MOST_SIMULATED = 40
_STEP = 0.1
_CLOSEST = 0.9


def contenders(improvement: Floats, best: NDArray[np.intp]) -> Flags:
    """Return which rungs cannot be told from the one that looks best: (…, rungs).

    A rung that is clearly worse is never chosen, so that a limit of the chosen one needs no correction for it.

    Args:
        improvement: (…, replicates, rungs) paired by replicate.
        best: (…) the rung that looks best.
    """
    from scipy.special import stdtr

    replicates = improvement.shape[-2]
    lead = np.take_along_axis(improvement, best[..., None, None], axis=-1) - improvement
    error = lead.std(axis=-2, ddof=1) / np.sqrt(replicates)
    mean = lead.mean(axis=-2)
    statistic = np.divide(mean, error, out=np.where(mean > 0, np.inf, 0.0), where=error > 0)
    found: Flags = np.asarray(1 - stdtr(replicates - 1, statistic) > _CLEARLY_WORSE)
    return found


def mean_correlation(improvement: Floats, kept: Flags) -> Floats:
    """Return the mean correlation of the kept rungs over replicates, in steps of 0.1, rounded down: (…).

    A smaller correlation asks for a stricter level.
    """
    centred = improvement - improvement.mean(axis=-2, keepdims=True)
    spread = centred.std(axis=-2, ddof=1, keepdims=True)
    scaled = np.divide(centred, spread, out=np.zeros_like(centred), where=spread > 0) * kept[..., None, :]
    count = kept.sum(axis=-1)
    total = (scaled.sum(axis=-1) ** 2).sum(axis=-1) / (improvement.shape[-2] - 1) - count
    mean = np.divide(total, count * (count - 1), out=np.zeros(count.shape), where=count > 1)
    result: Floats = np.clip(np.floor(mean / _STEP + 1e-9) * _STEP, 0.0, _CLOSEST)
    return result


@lru_cache(maxsize=512)
def joint_probability(rungs: int, replicates: int, correlation: float) -> float:
    """Return the error a single rung may have so that the limits of all hold together in 95 % of studies.

    Student's statistics of equally correlated normal rungs are simulated, always with the same seed: the largest of
    them has the multivariate t distribution (Dunnett 1955, JASA 50:1096).

    Args:
        rungs: how many are in contention.
        replicates: that all rungs share.
        correlation: of two rungs over replicates, 0 to 0.9.
    """
    from scipy.special import stdtr

    if rungs == 1:
        return 1 - CONFIDENCE
    size = min(replicates, _MOST_SIMULATED)
    stream = generator(derive_seed("best of several", rungs, size, f"{correlation:.1f}"))
    lowest = np.full(_STUDIES, np.inf)
    common = np.sqrt(correlation) * stream.standard_normal((_STUDIES, size))
    for _ in range(rungs):
        drawn = common + np.sqrt(1 - correlation) * stream.standard_normal((_STUDIES, size))
        statistic = drawn.mean(axis=1) / drawn.std(axis=1, ddof=1) * np.sqrt(size)
        lowest = np.minimum(lowest, statistic)
    return float(np.quantile(stdtr(size - 1, lowest), 1 - CONFIDENCE))
