"""The share of runs that are damaged by more than the tolerance: a team trains once, not on average."""

import numpy as np

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.error_levels import Levels, carry, one_level
from outcross.assets.verdict.limits import RungTests


def check_runs(excess: Floats, accepted: float, *, levels: Levels | None = None) -> RungTests:
    """Test at each rung whether the share of runs beyond the tolerance is below what is accepted, and whether above.

    The limits of the share are those of Clopper & Pearson (1934, Biometrika 26:404), one-sided at 95 %.

    Args:
        excess: (…, replicates, rungs) damage − tolerance of each run; +inf where it has no finite value left.
        accepted: share of runs that may be damaged more.
        levels: at which each rung is tested; 5 % by default.
    """
    from scipy.special import betaincinv

    runs, levels = excess.shape[-2], levels or one_level(excess.shape[-1])
    beyond = (excess > 0).sum(axis=-2)
    confidence, error = 1 - np.array(levels.safe), np.array(levels.harmful)
    upper = np.where(beyond == runs, 1.0, betaincinv(beyond + 1, np.maximum(runs - beyond, 1), confidence))
    lower = np.where(beyond == 0, 0.0, betaincinv(np.maximum(beyond, 1), runs - beyond + 1, error))
    safe = carry(upper <= accepted, levels)
    return RungTests(safe=safe, harmful=lower > accepted, lower=lower - accepted, upper=upper - accepted)
