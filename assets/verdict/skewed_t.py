"""Quantiles of Student's t statistic of few draws from a skewed distribution."""

from functools import lru_cache

import numpy as np

from outcross.assets.verdict.dose_response import Floats
from outcross.resources.seeds import derive_seed, generator

_STEP, _LARGEST = 0.5, 3.0
_SKEWNESSES = np.arange(-_LARGEST, _LARGEST + _STEP / 2, _STEP)
_MOST_SIMULATED = 40
"""From this number of draws on, the correction for skewness shrinks as 1/√n, its first term (Johnson 1978)."""
_CELLS = 1 << 18


def t_quantile(probability: float, draws: int, skewness: Floats) -> Floats:
    """Return a quantile of √n·(mean − μ)/s, where the draws come from a gamma distribution of that skewness.

    With skewness 0 it is Student's quantile. The t statistic of a right-skewed distribution has a long left tail
    (Johnson 1978, JASA 73:536), so an upper limit by Student's t lies below the mean too often. The gamma family has
    every skewness; its quantiles are simulated once for each number of draws, always with the same seed.

    Args:
        probability: of the quantile, below one half.
        draws: n, three or more.
        skewness: any shape; beyond ±3 it counts as ±3.
    """
    from scipy.special import stdtrit

    simulated = min(draws, _MOST_SIMULATED)
    correction = np.interp(skewness, _SKEWNESSES, _corrections(probability, simulated))
    result: Floats = stdtrit(draws - 1, probability) + correction * np.sqrt(simulated / draws)
    return result


@lru_cache(maxsize=64)
def _corrections(probability: float, draws: int) -> Floats:
    """Quantile at each skewness less that of the normal distribution, by simulation."""
    normal, skewed = _simulated(draws)
    reference = np.quantile(normal, probability)
    found = [np.quantile(skewed[each], probability) - reference if each else 0.0 for each in _SKEWNESSES.tolist()]
    return np.array(found)


@lru_cache(maxsize=4)
def _simulated(draws: int) -> tuple[Floats, dict[float, Floats]]:
    """The t statistics of normal samples, and skewness → those of gamma samples."""
    samples = _CELLS // draws
    normal, uniform = (generator(derive_seed("skewed t", draws, name)) for name in ("normal", "gamma"))
    reference, found = _statistic(normal.standard_normal((samples, draws))), dict[float, Floats]()
    for skewness in filter(None, _SKEWNESSES.tolist()):
        shape = 4 / skewness**2
        found[skewness] = _statistic((uniform.standard_gamma(shape, (samples, draws)) - shape) * np.sign(skewness))
    return reference, found


def _statistic(drawn: Floats) -> Floats:
    result: Floats = drawn.mean(axis=1) / drawn.std(axis=1, ddof=1) * np.sqrt(drawn.shape[1])
    return result
