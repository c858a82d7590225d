"""The largest share of known generators in rows, whatever the other rows are: real rows may have drifted.

A share a of a generator puts at least a · P(R) of the rows in any region R of the classifier's cells, so that
a ≤ Q(R) ÷ P(R) (Blanchard, Lee & Scott 2010, JMLR 11:2973). The regions are nested: the cells in which the generator is
likeliest, one more at a time. The limits of Q and P are those of Clopper & Pearson 1934, and hold for all regions at
once (Bonferroni).
"""

from collections.abc import Sequence

import numpy as np

from outcross.assets.corpus.ledger.share_evidence import Tally
from outcross.assets.corpus.undeclared.cells import FOLDS
from outcross.assets.corpus.undeclared.mixture_share import TAIL


def largest_synthetic_share(tally: Tally, calibration: Sequence[Sequence[int]]) -> float:
    """Compute the upper 97.5 % limit of the share of all known generators together, with the rows that are certain.

    Args:
        tally: the rows.
        calibration: (components, cells) counts of the calibration samples, the real rows first.
    """
    if not tally.rows:
        return 1.0
    real, *made = np.array(calibration, dtype=np.float64)
    unsure = sum(tally.cells) / FOLDS
    target = np.array(tally.cells) / FOLDS * (unsure / tally.squares if tally.squares else 0.0)
    shares = sum(_largest(target, real, own, error=TAIL / len(made)) for own in made)
    sure, error = tally.certain / tally.rows, 2 * tally.certain_variance**0.5 / tally.rows
    return min(1.0, sure + error + unsure / tally.rows * min(1.0, shares))


def _largest(target: np.ndarray, real: np.ndarray, made: np.ndarray, *, error: float) -> float:
    from scipy.stats import beta

    likeliest = np.argsort(-(made + 0.5) / (real + 0.5), kind="stable")
    there, known = np.cumsum(target[likeliest]), np.cumsum(made[likeliest])
    rows, sample, one = target.sum(), made.sum(), error / (2 * len(made))
    if not rows or not sample:
        return 1.0
    most = np.where(there < rows, beta.ppf(1 - one, there + 1, np.maximum(rows - there, 1e-9)), 1.0)
    least = np.where(known > 0, beta.ppf(one, np.maximum(known, 1e-9), sample - known + 1), 0.0)
    return float(min(1.0, (most / np.maximum(least, 1e-12)).min()))
