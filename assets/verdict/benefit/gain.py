"""The share that helps most, and a lower limit of what it gains over the best alternative without synthetic rows.

The best of several rungs is chosen and judged on the same replicates, so its own limit would promise too much (the
winner's curse). The limits of all rungs in contention therefore hold together, at 95 %. To help is to beat *every*
alternative, so the limit against all of them is the lowest of the limits against each, which needs no correction for
their number (intersection–union test: Berger 1982, Technometrics 24:295).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from outcross.assets.verdict.benefit.contenders import contenders, joint_probability, mean_correlation
from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.limits import FEWEST_REPLICATES, Flags, pooled_skewness, skewness_caution
from outcross.assets.verdict.skewed_t import t_quantile
from outcross.resources.errors import BadInput

Scalar = TypeVar("Scalar", bound=np.generic)


@dataclass(frozen=True)
class Gains:
    """What one study, or many, gains at the rung that looks best.

    Attributes:
        best: (…) index of the rung.
        against: (…) index of the alternative that it gains least over: the best one.
        gain: (…) mean improvement over that alternative.
        lower: (…) lower 95 % limit of the improvement over the best alternative; above zero where the rung helps.
    """

    best: NDArray[np.intp]
    against: NDArray[np.intp]
    gain: Floats
    lower: Floats

    @property
    def helps(self) -> Flags:
        """Whether the best rung is shown to help: (…)."""
        result: Flags = np.asarray(self.lower > 0)
        return result


def best_gains(improvements: Mapping[str, Floats]) -> Gains:
    """Find the rung that gains most over the best alternative, and a limit of that gain.

    Args:
        improvements: alternative → (…, replicates, rungs), how much better each rung is than the alternative with as
            many rows, of the same replicate; −inf where a model has no finite value left.

    Raises:
        BadInput: no alternative, or fewer than three replicates.
    """
    if not improvements:
        raise BadInput("a gain needs an alternative; give at least real rows alone")
    every = np.stack(list(improvements.values()))
    if every.shape[-2] < FEWEST_REPLICATES:
        raise BadInput(f"a gain has {every.shape[-2]} replicates; a limit takes {FEWEST_REPLICATES} or more")
    means = every.mean(axis=-2)
    against = means.argmin(axis=0)
    least = np.take_along_axis(means, against[None], axis=0)[0]
    best = least.argmax(axis=-1)
    limits = np.stack([_limit(each, best) for each in every])
    return Gains(best=best, against=_at(against, best), gain=_at(least, best), lower=limits.min(axis=0))


def _at(values: NDArray[Scalar], rung: NDArray[np.intp]) -> NDArray[Scalar]:
    return np.take_along_axis(values, rung[..., None], axis=-1)[..., 0]


def _limit(improvement: Floats, best: NDArray[np.intp]) -> Floats:
    """Lower limit of the mean improvement at the best rung: (…)."""
    replicates = improvement.shape[-2]
    finite: Flags = np.asarray(np.isfinite(improvement).all(axis=-2))
    known = np.where(finite[..., None, :], improvement, 0.0)
    kept = contenders(known, best) & finite
    mean, deviation = known.mean(axis=-2), known.std(axis=-2, ddof=1)
    skewness = pooled_skewness(known, mean, deviation, kept)
    level = _levels(kept.sum(axis=-1), replicates, mean_correlation(known, kept))
    quantile = np.empty(level.shape)
    for each in np.unique(level):
        chosen = level == each
        quantile[chosen] = t_quantile(float(each), replicates, -skewness[chosen] + skewness_caution(replicates))
    lower = _at(mean, best) + quantile * _at(deviation, best) / np.sqrt(replicates)
    result: Floats = np.where(_at(finite, best), lower, -np.inf)
    return result


def _levels(rungs: NDArray[np.intp], replicates: int, correlation: Floats) -> Floats:
    """The error that each limit may have: (…)."""
    asked = np.stack(np.broadcast_arrays(np.maximum(rungs, 1), correlation), axis=-1).reshape(-1, 2)
    found = [joint_probability(int(count), replicates, round(float(share), 1)) for count, share in asked]
    return np.array(found).reshape(np.shape(rungs))
