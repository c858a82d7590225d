"""Whether damage moves with the number of rows a generation: a straight line through the sizes of a ladder of rows."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from outcross.assets.verdict.limits import CONFIDENCE, FEWEST_REPLICATES
from outcross.assets.verdict.verdict import Rung, Verdict

FEWEST_SIZES = 2


@dataclass(frozen=True, kw_only=True)
class RowsTrend:
    """How damage at one share changes as the rows of a generation double.

    Attributes:
        rows: the sizes, ascending.
        share: the rung that is looked at: of those that all sizes have, that nearest to the estimate of the largest.
        change: of the mean damage with each doubling of the rows; below 0 where more rows make it smaller.
        lower: lower end of its 95 % interval.
        upper: upper end.
    """

    rows: tuple[int, ...]
    share: float
    change: float
    lower: float
    upper: float


def rows_trend(verdicts: Sequence[Verdict]) -> RowsTrend | None:
    """Fit a line to the damage of each size against the logarithm of its rows; None where that shows nothing.

    The sizes have replicates of their own, so their means are independent: the slope is a weighted sum of them, and its
    degrees of freedom are those of Welch (1947) and Satterthwaite (1946).

    Args:
        verdicts: of one ladder and endpoint, each of another size.
    """
    from scipy.stats import t

    ordered = sorted(verdicts, key=lambda each: each.rows)
    if len(ordered) < FEWEST_SIZES or any(each.replicates < FEWEST_REPLICATES or not each.curve for each in ordered):
        return None
    largest = ordered[-1]
    # Sizes whose ladders add rungs of their own share only those that all of them list.
    common = set.intersection(*({rung.share for rung in each.curve[1:]} for each in ordered))
    if not common:
        return None
    share = min(sorted(common), key=lambda each: abs(each - (largest.safe_share or 0.0)))
    damage = [_damage(each.curve, share) for each in ordered]
    if not all(np.isfinite(each).all() for each in damage):
        return None
    doublings = np.log2([each.rows for each in ordered])
    doublings -= doublings.mean()
    weights = doublings / (doublings**2).sum()
    change = float(weights @ [each.mean() for each in damage])
    parts = np.array([w**2 * each.var(ddof=1) / len(each) for w, each in zip(weights, damage, strict=True)])
    freedom = np.array([len(each) - 1 for each in damage])
    error = float(np.sqrt(parts.sum()))
    if error == 0:
        margin = 0.0
    else:
        margin = error * float(t.ppf((1 + CONFIDENCE) / 2, parts.sum() ** 2 / (parts**2 / freedom).sum()))
    return RowsTrend(
        rows=tuple(each.rows for each in ordered),
        share=share,
        change=change,
        lower=change - margin,
        upper=change + margin,
    )


def _damage(curve: Sequence[Rung], share: float) -> np.ndarray:
    rung = next(rung for rung in curve if rung.share == share)
    return np.array(list(rung.degradations.values()))
