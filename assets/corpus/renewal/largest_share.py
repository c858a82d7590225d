"""The largest share of known generators in rows, whatever the other rows are: real rows may have drifted.

A share a of a generator puts at least a · P(R) of the rows in any region R of the classifier's cells, so that
a ≤ Q(R) ÷ P(R) (Blanchard, Lee & Scott 2010, JMLR 11:2973). The regions are nested: the cells in which the generator is
likelier than earlier real rows, one more at a time, the likeliest first. The limits of Q and P are those of Clopper &
Pearson 1934, and hold for all regions at once (Bonferroni).
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
    return float(min(1.0, sure + error + unsure / tally.rows * min(1.0, shares)))


def _largest(target: np.ndarray, real: np.ndarray, made: np.ndarray, *, error: float) -> float:
    from scipy.stats import beta

    rows, sample = target.sum(), made.sum()
    if not rows or not sample:
        return 1.0
    ratios = (made + 0.5) / sample / ((real + 0.5) / real.sum())
    likeliest = [int(cell) for cell in np.argsort(-ratios, kind="stable") if ratios[cell] > 1]
    if not likeliest:
        return 1.0
    there, known = np.cumsum(target[likeliest]), np.cumsum(made[likeliest])
    one = error / (2 * len(likeliest))
    most = np.where(there < rows, beta.ppf(1 - one, there + 1, np.maximum(rows - there, 1e-9)), 1.0)
    least = np.where(known > 0, beta.ppf(one, np.maximum(known, 1e-9), sample - known + 1), 0.0)
    return float(min(1.0, (most / np.maximum(least, 1e-12)).min()))
