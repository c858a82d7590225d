"""Between the last share shown to be safe and the next one tried: how far a convex curve lets the limit rise."""

import numpy as np
from numpy.typing import NDArray

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.error_levels import Levels
from outcross.assets.verdict.limits import RungTests

_NEIGHBOURS = 1.5
"""Standard errors by which a bend between neighbouring rungs may be concave and still count as noise."""
_ORIGIN = 0.5
"""The same for the bend between the first rung and the whole ladder, which noise can hardly turn."""


def safe_up_to(damage: Floats, tests: RungTests, shares: tuple[float, ...], tolerance: float) -> Floats:
    """Return the share up to which each study is shown to be safe: (…).

    It is the last rung that passes, with all smaller ones. Where damage bends upwards there, its curve lies below the
    chord between the upper limits of that rung and the next, and the limit is where this chord crosses the tolerance.
    Where the rungs contradict such a bend, by more than their noise, the chord may lie below the curve and the limit
    stays at the rung: a concave curve crosses long before a straight line does.

    Args:
        damage: (…, replicates, rungs) degradation at each share, the control's zeros first; +inf counts as no bend.
        tests: of the rungs above the control.
        shares: (rungs,) ascending, from 0.
        tolerance: degradation that is still accepted.
    """
    places, passed = np.array(shares), tests.last_safe()
    following = np.minimum(passed + 1, len(shares) - 1)
    upper = np.concatenate([np.zeros((*passed.shape, 1)), tests.upper + tolerance], axis=-1)
    below, above = (np.take_along_axis(upper, each[..., None], axis=-1)[..., 0] for each in (passed, following))
    bends = np.isfinite(above) & (above > below) & _bends_upwards(damage, places, passed)
    step = np.divide(tolerance - below, above - below, where=bends, out=np.zeros(passed.shape))
    result: Floats = places[passed] + np.clip(step, 0.0, 1.0) * (places[following] - places[passed])
    return result


def refined_up_to(
    damage: Floats, tests: RungTests, shares: tuple[float, ...], tolerance: float, levels: Levels
) -> Floats:
    """Return the share up to which each study is shown to be safe, where rungs may have been added: (…).

    It is the larger of two limits, that of all rungs and that of the planned ones alone, so that a rung that was added
    takes nothing away. Each holds within its part of the error.

    Args:
        damage: as :func:`safe_up_to` takes it, and so are the next three.
        tests: of the rungs above the control.
        shares: (rungs,) ascending, from 0.
        tolerance: degradation that is still accepted.
        levels: at which the rungs were tested.
    """
    every = safe_up_to(damage, tests, shares, tolerance)
    if all(levels.planned):
        return every
    columns = levels.columns
    planned = RungTests(
        safe=tests.safe[..., columns],
        harmful=tests.harmful[..., columns],
        lower=tests.lower[..., columns],
        upper=tests.upper[..., columns],
    )
    places = np.concatenate([[0], columns + 1])
    alone = safe_up_to(damage[..., places], planned, tuple(np.array(shares)[places].tolist()), tolerance)
    larger: Floats = np.maximum(every, alone)
    return larger


def _bends_upwards(damage: Floats, shares: Floats, passed: NDArray[np.intp]) -> NDArray[np.bool_]:
    """Whether the slope grows, within noise, into and out of the interval behind the last rung that passed: (…)."""
    if len(shares) < 3:
        return np.zeros(passed.shape, dtype=bool)
    known = np.where(np.isfinite(damage), damage, 0.0)
    slopes = np.diff(known, axis=-1) / np.diff(shares)
    neighbours = _not_concave(np.diff(slopes, axis=-1), _NEIGHBOURS)
    whole = known[..., -1] / shares[-1] - known[..., 1] / shares[1]
    origin = _not_concave(whole[..., None], _ORIGIN)
    into = np.concatenate([origin, neighbours], axis=-1)
    # Behind the last interval nothing was tried, so it may bend either way.
    out_of = np.concatenate([neighbours, np.zeros_like(origin)], axis=-1)
    interval = np.minimum(passed, len(shares) - 2)[..., None]
    found: NDArray[np.bool_] = np.take_along_axis(into & out_of, interval, axis=-1)[..., 0]
    return found


def _not_concave(bend: Floats, noise: float) -> NDArray[np.bool_]:
    """Whether the mean of (…, replicates, bends) is at least minus so many standard errors: (…, bends)."""
    error = bend.std(axis=-2, ddof=1) / np.sqrt(bend.shape[-2])
    found: NDArray[np.bool_] = bend.mean(axis=-2) + noise * error >= 0
    return found
