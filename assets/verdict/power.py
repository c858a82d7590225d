"""How many replicates would decide a study that is open, simulated from the replicates it has."""

import bisect

import numpy as np

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.error_levels import Levels, one_level
from outcross.assets.verdict.interpolation import refined_up_to
from outcross.assets.verdict.limits import FEWEST_REPLICATES, Flags, check_rungs
from outcross.resources.seeds import derive_seed, generator

POWER = 0.8
_SETTLED = 0.85
"""Power to ask of the simulated studies: those drawn from few replicates of a skewed endpoint promise too much."""
MOST_REPLICATES = 1000
_SIZES = tuple(sorted({round(MOST_REPLICATES / 1.1**step) for step in range(62)} | {MOST_REPLICATES}))
"""Sizes that are tried, in steps of a tenth: from the fewest that a verdict takes."""
_STUDIES = 200
_CELLS = 1 << 20


def replicates_needed(
    excess: Floats,
    shares: tuple[float, ...],
    tolerance: float,
    *,
    seed: int,
    settled: float = _SETTLED,
    levels: Levels | None = None,
) -> int | None:
    """Return the smallest study, up to 1,000 replicates, that would decide in 80 % of cases; None where none would.

    What is true is not what was observed: each simulated study first draws a truth, the mean of the observed replicates
    redrawn with replacement, and then its own replicates around that truth (predictive power; Spiegelhalter & Freedman
    1986, Statistics in Medicine 5:1). One replicate shows no spread: the answer is then the fewest.

    Args:
        excess: (replicates, rungs) damage − tolerance of the rungs above the control; finite.
        shares: of all rungs, the control's 0 first.
        tolerance: damage that is still accepted.
        seed: of the simulation.
        settled: share of simulated studies that must decide.
        levels: at which each rung is tested; 5 % by default.
    """
    observed, levels = len(excess), levels or one_level(excess.shape[1])
    if observed < 2:
        return FEWEST_REPLICATES
    draws = generator(derive_seed("replicates needed", seed))
    centred = (excess - excess.mean(axis=0)) * np.sqrt(observed / (observed - 1))
    truths = excess.mean(axis=0) + centred[draws.integers(observed, size=(_STUDIES, observed))].mean(axis=1)

    def decides(size: int) -> bool:
        stream = generator(derive_seed("replicates needed", seed, size))
        decided = []
        for part in _parts(size * excess.shape[1]):
            drawn = centred[stream.integers(observed, size=(len(truths[part]), size))]
            decided.append(_decides(truths[part, None] + drawn, shares, tolerance, levels))
        return bool(np.concatenate(decided).mean() >= settled)

    sizes = [size for size in _SIZES if size > observed]
    if not sizes or not decides(sizes[-1]):
        return None
    return sizes[bisect.bisect_left(sizes, True, key=decides)]


def _decides(excess: Floats, shares: tuple[float, ...], tolerance: float, levels: Levels) -> Flags:
    """Whether some share is shown to be safe, or the smallest that was tried to be harmful: (studies,)."""
    tests = check_rungs(excess, levels=levels)
    damage = np.concatenate([np.zeros((*excess.shape[:-1], 1)), excess + tolerance], axis=-1)
    decided: Flags = (refined_up_to(damage, tests, shares, tolerance, levels) > 0) | tests.harmful[..., levels.first]
    return decided


def _parts(cells: int) -> list[slice]:
    """Cut the simulated studies so that no part needs much memory."""
    size = max(1, _CELLS // cells)
    return [slice(start, start + size) for start in range(0, _STUDIES, size)]
