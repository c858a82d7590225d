"""A10: golden ratio: the best weight of real rows against synthetic ones (He et al., arXiv 2502.18049).

Every generation fits the mean of a normal distribution of known variance as w·(mean of n real rows) +
(1−w)·(mean of k·n rows drawn from the model before). Risks are in units of σ²/n, one column; the first model is fitted
on n real rows and has risk 1. The fitted mean is normal, so a squared error with expectation v has variance 2v².
"""

import math

from outcross.jobs.acceptance.theory.exact import Exact


def best_weight(ratio: float) -> float:
    """A10: w* = (√(1+4k) − 1)/(2k), the positive root of k w² + w = 1; 1/φ = 0.618 for k = 1.

    It minimises :func:`weighted_risk_limit` for fresh real rows: setting the derivative of (w² + (1−w)²/k)/(2w − w²)
    to zero gives k w² + w − 1 = 0. He et al., arXiv 2502.18049.
    """
    return (math.sqrt(1 + 4 * ratio) - 1) / (2 * ratio)


def weighted_risk(*, weight: float, ratio: float, generation: int, fresh: bool = True) -> Exact:
    """A10: the risk of a generation's model, in units of σ²/n, and the variance of one squared error.

    Fresh real rows: v_t = w² + (1−w)²(v_{t−1} + 1/k), v_1 = 1. The same real rows in every generation: the deviation
    from their mean follows D_t = (1−w)(D_{t−1} + noise of variance 1/k), D_1 = 0, and v_t = 1 + Var D_t; ``augment`` is
    w = 1/(1+k). Derived for He et al., arXiv 2502.18049.

    Args:
        weight: weight w of the real rows, 0 < w ≤ 1.
        ratio: synthetic rows per real row, k.
        generation: number t of the model.
        fresh: whether every generation has new real rows.
    """
    kept = (1 - weight) ** 2
    noise = (weight**2 if fresh else 0.0) + kept / ratio
    remembered = kept ** (generation - 1)
    risk = noise * (1 - remembered) / (1 - kept) + (remembered if fresh else 1.0)
    return Exact(risk, 2 * risk**2)


def weighted_risk_limit(*, weight: float, ratio: float, fresh: bool = True) -> float:
    """A10: (w² + (1−w)²/k)/(1 − (1−w)²) for fresh real rows; at w* it equals w*; He et al., arXiv 2502.18049.

    With the same real rows in every generation: 1 + (1−w)²/k/(1 − (1−w)²), minimal at w = 1; derived from
    :func:`weighted_risk`.
    """
    kept = (1 - weight) ** 2
    if fresh:
        return (weight**2 + kept / ratio) / (1 - kept)
    return 1 + kept / ratio / (1 - kept)
