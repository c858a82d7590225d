"""Shares that a ladder may still try: a grid between its own, known from the study file alone."""

from collections.abc import Sequence
from itertools import pairwise

_DIGITS = 4
"""Decimals of a share or ratio that is added, so that its arm has a short name."""


def candidates_between(rungs: Sequence[float], most: int) -> list[float]:
    """Return so many values, evenly spaced, between each two neighbouring rungs: ascending, without the rungs.

    Args:
        rungs: of a ladder, ascending, from 0.
        most: the most that a ladder may add.
    """
    found = {
        round(lower + place * (upper - lower) / (most + 1), _DIGITS)
        for lower, upper in pairwise(rungs)
        for place in range(1, most + 1)
    }
    return sorted(found - set(rungs))
