"""Whether the synthetic rows of one ladder help on one endpoint, how much, and what one is worth in real rows."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import polars as pl

from outcross.assets.metrics.endpoint import Endpoint
from outcross.assets.study.real_alone import FRACTIONS, RealAlone
from outcross.assets.study.tolerance import Scale
from outcross.assets.verdict.benefit.gain import best_gains
from outcross.assets.verdict.benefit.worth import CURVE, Worth, find_worth
from outcross.assets.verdict.degradation import pair_arms
from outcross.assets.verdict.dose_response import Floats, Ladder
from outcross.assets.verdict.limits import FEWEST_REPLICATES

ALONE = "real rows alone"


@dataclass(frozen=True, kw_only=True)
class Mix:
    """One rung of a ladder, against real rows.

    Attributes:
        share: synthetic share.
        gain: mean gain over the best alternative, in the tolerance's scale; above zero is better.
        over: the best alternative.
        worth: of one of its synthetic rows.
    """

    share: float
    gain: float
    over: str
    worth: Worth


@dataclass(frozen=True, kw_only=True)
class Benefit:
    """What the synthetic rows of a ladder buy.

    Attributes:
        best: the rung that gains most over the best alternative.
        lower_95: lower limit of that gain, of the share that was chosen as the best.
        mixes: every rung above the control.
        over_alone: (rungs,) mean gain of each over real rows alone.
        alternatives: name → (rungs,) mean gain over real rows alone, at the rows of each mix.
        curve: mean gain over all real rows with each part of them, ``FRACTIONS``: below zero where more rows help.
    """

    best: Mix
    lower_95: float
    mixes: tuple[Mix, ...]
    over_alone: tuple[float, ...]
    alternatives: dict[str, tuple[float, ...]]
    curve: tuple[float, ...]

    @property
    def helps(self) -> bool:
        """Whether the best share is shown to help."""
        return self.lower_95 > 0


def find_benefit(
    evaluations: pl.DataFrame,
    ladder: Ladder,
    alone: RealAlone,
    endpoint: Endpoint,
    *,
    scale: Scale = "relative",
    rows: tuple[tuple[float, float], ...],
    generations: int | None = None,
) -> Benefit | None:
    """Find the share that helps most and the worth of its rows; None with fewer than three replicates.

    It is also None where the degradation of the ladder is not defined, of which the verdict says why.

    Args:
        evaluations: long form, as for a verdict.
        ladder: whose arm of share 0 is the control.
        alone: the arms of real rows alone.
        endpoint: the metric and which way is better.
        scale: what gains are measured in.
        rows: (real, synthetic) rows of each rung above the control ÷ all real rows.
        generations: how many models a lineage has, generation 0 included.

    Raises:
        IncompleteStudy: an arm lacks a generation of a replicate.
    """
    groups = [ladder.arms[1:], *alone.alternatives.values(), alone.curve]
    arms = [ladder.arms[0], *(arm for group in groups for arm in group)]
    paired = pair_arms(
        evaluations, arms, endpoint, where=f"ladder '{ladder.name}'", scale=scale, generations=generations
    )
    if paired.undefined or len(paired.replicates) < FEWEST_REPLICATES:
        return None
    edges = np.cumsum([0, *(len(group) for group in groups)])
    mixes, *others, parts = (paired.relative[:, 1:][:, start:stop] for start, stop in pairwise(edges))
    references = {ALONE: np.zeros_like(mixes), **dict(zip(alone.alternatives, others, strict=True))}
    improvements = {name: _improvement(reference, mixes) for name, reference in references.items()}
    found = best_gains(improvements)
    curve = np.concatenate([parts, np.zeros((len(parts), len(CURVE) - len(FRACTIONS)))], axis=1)
    each = tuple(
        _mix(
            ladder.shares[rung + 1],
            {name: float(improvement[:, rung].mean()) for name, improvement in improvements.items()},
            find_worth(mixes[:, rung], curve, real=real, synthetic=synthetic),
        )
        for rung, (real, synthetic) in enumerate(rows)
    )
    return Benefit(
        best=each[int(found.best)],
        lower_95=float(found.lower),
        mixes=each,
        over_alone=_mean_gain(mixes),
        alternatives={name: _mean_gain(other) for name, other in zip(alone.alternatives, others, strict=True)},
        curve=_mean_gain(parts),
    )


def _mean_gain(damage: Floats) -> tuple[float, ...]:
    return tuple(float(-value) for value in damage.mean(axis=0))


def _improvement(reference: Floats, mixes: Floats) -> Floats:
    """How much better each mix is than its reference; a mix without a finite value is infinitely worse."""
    with np.errstate(invalid="ignore"):
        better = reference - mixes
    result: Floats = np.where(np.isnan(better), -np.inf, better)
    return result


def _mix(share: float, gains: dict[str, float], worth: Worth) -> Mix:
    over = min(gains, key=gains.__getitem__)
    return Mix(share=share, gain=gains[over], over=over, worth=worth)
