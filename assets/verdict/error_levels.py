"""How the 5 % of error is divided where a ladder adds rungs after it has seen the data.

Let s* be the true share. A limit is wrong only if some rung above s* is shown to be safe. Two of them can be the first
to be: the smallest rung of the study file above s*, tested at 2.5 %; and, if that one fails, the smallest candidate
above s* in the interval below it. Candidates are tried from the smallest up, until one fails, so no larger one is
tried unless this one has passed. It is tested at 2.5 % too. By Bonferroni's inequality the two together err in at most
5 %, for any number of candidates and however the results depend on each other (fallback procedure: Wiens & Dmitrienko
2005, Journal of Biopharmaceutical Statistics 15:929).

That a rung is harmful is tested from the largest share down, where any added rung may be the first. They share their
2.5 % in equal parts.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcross.assets.verdict.dose_response import Ladder

ERROR = 0.05
"""Share of studies whose limit may lie above the true share."""
_EACH = ERROR / 2
"""What the rungs of the study file spend of it, and what the added ones spend."""


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The levels at which the rungs above the control are tested, in order of share.

    Attributes:
        safe: of the tests that a rung is safe.
        harmful: of the tests that it is harmful.
        planned: whether the study file has the rung. These alone estimate the skewness, so that no rung that is added
            changes what an earlier one showed.
    """

    safe: tuple[float, ...]
    harmful: tuple[float, ...]
    planned: tuple[bool, ...]

    @property
    def columns(self) -> NDArray[np.intp]:
        """Positions of the rungs that the study file has."""
        found: NDArray[np.intp] = np.flatnonzero(self.planned)
        return found

    @property
    def first(self) -> int:
        """Position of the smallest rung that the study file has: where that is harmful, no rung can be safe."""
        return self.planned.index(True)


def one_level(rungs: int) -> Levels:
    """Return the levels of a ladder that adds no rungs: 5 % each, since the order of the tests is fixed."""
    return Levels(safe=(ERROR,) * rungs, harmful=(ERROR,) * rungs, planned=(True,) * rungs)


def split_levels(planned: tuple[bool, ...], most: int) -> Levels:
    """Return the levels of a ladder that may add rungs, also where it has added none yet.

    Args:
        planned: whether the study file has the rung, for those above the control.
        most: rungs that the ladder may add.
    """
    harmful = tuple(_EACH if each else _EACH / most for each in planned)
    return Levels(safe=(_EACH,) * len(planned), harmful=harmful, planned=planned)


def levels_of(ladder: Ladder) -> Levels:
    """Return the levels at which the rungs of a ladder above the control are tested."""
    if not ladder.refine:
        return one_level(len(ladder.rungs) - 1)
    return split_levels(tuple(arm not in ladder.added for arm in ladder.arms[1:]), ladder.refine)


def carry(safe: NDArray[np.bool_], levels: Levels) -> NDArray[np.bool_]:
    """Count a rung as safe below a planned one that passed with all smaller planned ones: damage grows with the share.

    So an added rung that failed for another endpoint's sake takes nothing away.

    Args:
        safe: (…, rungs) whether each test passed.
        levels: of these rungs.
    """
    planned = np.array(levels.planned)
    passed = np.logical_and.accumulate(safe | ~planned, axis=-1) & planned
    carried: NDArray[np.bool_] = safe | np.logical_or.accumulate(passed[..., ::-1], axis=-1)[..., ::-1]
    return carried
