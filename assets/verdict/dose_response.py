"""From degradations at a ladder of shares to the safe share: a monotone fit, and where it crosses the tolerance."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from outcross.resources.errors import BadInput

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Ladder:
    """Arms of one policy that differ only in their synthetic share: the doses of one verdict.

    Attributes:
        name: what the ladder is called in the study, such as ``substitution``.
        policy: the mixing policy its arms share, such as ``fixed``.
        rungs: (share, arm), in any order; shares are in 0..1 and differ, and one is 0: the control.
        added: the arms that were added where they decide; the study file has the others.
        refine: the most arms that may be added. The error is then divided, whether or not any was.
    """

    name: str
    policy: str
    rungs: tuple[tuple[float, str], ...]
    added: tuple[str, ...] = ()
    refine: int = 0

    def __post_init__(self) -> None:
        shares = [share for share, _ in self.rungs]
        if len(set(shares)) < 2:
            raise BadInput(
                f"ladder '{self.name}': it has {len(set(shares))} distinct share(s); give it two or more arms"
            )
        if len(set(shares)) < len(shares) or len(set(self.arms)) < len(shares):
            raise BadInput(f"ladder '{self.name}': a share or an arm is there twice; keep one arm for each share")
        if min(shares) < 0 or max(shares) > 1:
            raise BadInput(f"ladder '{self.name}': shares {shares} leave 0..1; give synthetic rows ÷ rows of a dataset")
        if min(shares) > 0:
            raise BadInput(
                f"ladder '{self.name}': it has no share 0, real rows alone, with which the others are compared; "
                "add that arm"
            )

    @property
    def shares(self) -> tuple[float, ...]:
        """The shares, ascending."""
        return tuple(share for share, _ in sorted(self.rungs))

    @property
    def added_shares(self) -> tuple[float, ...]:
        """The shares of the arms that were added, ascending."""
        return tuple(share for share, arm in sorted(self.rungs) if arm in self.added)

    @property
    def planned_shares(self) -> tuple[float, ...]:
        """The other shares, ascending."""
        return tuple(share for share, arm in sorted(self.rungs) if arm not in self.added)

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms, in order of share."""
        return tuple(arm for _, arm in sorted(self.rungs))


def isotonic(values: Floats) -> Floats:
    """Fit the nearest non-decreasing curve, in least squares, to each row of ``values``.

    Every rung counts the same, because every rung has the same replicates. The fit is the max–min form of the
    pool-adjacent-violators solution, max over a ≤ j of min over b ≥ j of mean(values[a..b]), which needs no loop over
    rows (Barlow et al. 1972, Statistical Inference under Order Restrictions, §1.2).

    Args:
        values: (rows, rungs), finite or +inf. From the first +inf on, the fitted curve is +inf.

    Returns:
        (rows, rungs).
    """
    rows, rungs = values.shape
    infinite = np.isinf(values)
    start = np.zeros((rows, 1))
    totals = np.concatenate([start, np.cumsum(np.where(infinite, 0.0, values), axis=1)], axis=1)
    infinities = np.concatenate([start, np.cumsum(infinite, axis=1)], axis=1)
    fitted = np.full((rows, rungs), -np.inf)
    for first in range(rungs):
        means = (totals[:, first + 1 :] - totals[:, [first]]) / np.arange(1, rungs - first + 1)
        means[infinities[:, first + 1 :] > infinities[:, [first]]] = np.inf
        lowest_from = np.minimum.accumulate(means[:, ::-1], axis=1)[:, ::-1]
        fitted[:, first:] = np.maximum(fitted[:, first:], lowest_from)
    return fitted


def safe_shares(shares: Floats, fitted: Floats, tolerance: float) -> Floats:
    """Return the largest share at which each fitted curve, linear between rungs, is within the tolerance.

    A curve already beyond it at the lowest rung gives 0: nothing between no synthetic rows and that rung was tried.
    A curve that never crosses gives the top rung. A jump to +inf gives the last finite rung.

    Args:
        shares: (rungs,) ascending.
        fitted: (rows, rungs) non-decreasing.
        tolerance: degradation that is still accepted.

    Returns:
        (rows,)
    """
    rungs = len(shares)
    within = (fitted <= tolerance).sum(axis=1)
    left = np.clip(within - 1, 0, rungs - 2)
    row = np.arange(len(fitted))
    below, above = fitted[row, left], fitted[row, left + 1]
    crosses = (within > 0) & (within < rungs)
    rise = np.where(crosses, above - np.where(crosses, below, 0.0), 1.0)
    step = np.where(crosses, (tolerance - np.where(crosses, below, 0.0)) / rise, 0.0)
    interpolated = shares[left] + step * (shares[left + 1] - shares[left])
    return np.where(within == 0, 0.0, np.where(within == rungs, shares[-1], interpolated))
