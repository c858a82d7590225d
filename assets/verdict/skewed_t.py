"""Quantiles of Student's t statistic of few draws from a skewed distribution."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from outcross.assets.verdict.dose_response import Floats
from outcross.resources.seeds import derive_seed, generator

_STEP, _LARGEST = 0.5, 3.0
_SKEWNESSES = np.arange(-_LARGEST, _LARGEST + _STEP / 2, _STEP)
_MOST_SIMULATED = 40
"""From this number of draws on, the correction for skewness shrinks as 1/√n, its first term (Johnson 1978)."""
_CELLS = 1 << 18
_TAILS = (0.5, 0.3, 0.15, 0.05, 0.025, 0.01, 0.005)
"""Probabilities whose quantiles are simulated; between them they are interpolated."""


def sample_skewness(values: Floats, *, axis: int) -> Floats:
    """Return k₃/k₂^(3/2) along an axis of at least three values, with the unbiased third cumulant; 0 if none varies."""
    n = values.shape[axis]
    apart = values - values.mean(axis=axis, keepdims=True)
    deviation = values.std(axis=axis, ddof=1)
    third = (apart**3).mean(axis=axis) * n * n / ((n - 1) * (n - 2))
    result: Floats = np.divide(third, deviation**3, out=np.zeros_like(third), where=deviation > 0)
    return result


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
    correction = np.interp(skewness, _SKEWNESSES, _corrections((probability,), simulated)[0])
    result: Floats = stdtrit(draws - 1, probability) + correction * np.sqrt(simulated / draws)
    return result


def t_quantiles(draws: int, skewness: float) -> Callable[[float], float]:
    """Return the quantile of :func:`t_quantile` as a function of the probability, up to one half.

    Beyond 0.005 it keeps its ratio to Student's quantile.

    Args:
        draws: n, three or more.
        skewness: of the draws; beyond ±3 it counts as ±3.
    """
    from scipy.special import stdtrit

    simulated = min(draws, _MOST_SIMULATED)
    students = stdtrit(draws - 1, np.array(_TAILS))
    corrections = _corrections(_TAILS, simulated) * np.sqrt(simulated / draws)
    skewed = students + np.array([np.interp(skewness, _SKEWNESSES, each) for each in corrections])

    def quantile(probability: float) -> float:
        student = float(stdtrit(draws - 1, probability))
        if student < students[-1]:
            return float(skewed[-1] / students[-1]) * student
        return float(np.interp(student, students[::-1], skewed[::-1]))

    return quantile


@lru_cache(maxsize=64)
def _corrections(probabilities: tuple[float, ...], draws: int) -> Floats:
    """Quantiles at each skewness less those of the normal distribution, by simulation: (probabilities, skewnesses)."""
    normal, skewed = _simulated(draws)
    reference = np.quantile(normal, probabilities)
    found = [
        np.quantile(skewed[each], probabilities) - reference if each else np.zeros(len(probabilities))
        for each in _SKEWNESSES.tolist()
    ]
    return np.stack(found, axis=1)


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
