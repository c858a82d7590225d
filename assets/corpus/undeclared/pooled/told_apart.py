"""How well the components of a classifier are told apart."""

import numpy as np

from outcross.assets.corpus.undeclared.mixture_share import LEAST_AUC, TAIL
from outcross.assets.instruments.classifier_two_sample import area_under_curve


def told_apart_least(scores: np.ndarray, truth: np.ndarray) -> tuple[int, int] | None:
    """Find the two generators that are told apart least, if they cannot be: their places, from 0."""
    kinds = range(1, scores.shape[1])
    limits = {(one, other): lower_auc(scores, truth, one, other) for one in kinds for other in kinds if one < other}
    least = min(limits, key=lambda pair: limits[pair], default=None)
    if least is None or limits[least] >= LEAST_AUC:
        return None
    return least[0] - 1, least[1] - 1


def lower_auc(scores: np.ndarray, truth: np.ndarray, one: int, other: int) -> float:
    """Compute the lower 97.5 % limit of the AUC of one component's rows against another's."""
    from scipy.stats import norm

    # Against real rows a generator is told by not being real, whichever generator it is taken for.
    ratio = 1 - scores[:, 0] if other == 0 else scores[:, one] / np.maximum(scores[:, one] + scores[:, other], 1e-300)
    area, error = area_under_curve(ratio[truth == one], ratio[truth == other])
    return area - float(norm.isf(TAIL)) * error if np.isfinite(error) else area
