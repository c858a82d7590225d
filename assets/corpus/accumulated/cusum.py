"""Cumulative sums of log-likelihood ratios (CUSUM; Page 1954, Biometrika 41:100): labels, and rare rows."""

import numpy as np

NOISE = 0.05
"""Share of wrong labels that the sum of the labels is tuned to."""
KEPT = 0.8
"""Share of the rare rows that are left, which the sum of the rare rows is tuned to."""
CAP = 2.0
"""A sum does not grow past so many times its limit: after as many good batches as it took, it is below again."""


def label_steps(rows: np.ndarray, errors: np.ndarray, known: tuple[np.ndarray, np.ndarray], classes: int) -> np.ndarray:
    """Compute the log-likelihood ratio of ``NOISE`` wrong labels to none.

    Args:
        rows: (…, certainties) rows of batches.
        errors: (…, certainties) number of these that are predicted wrongly.
        known: rows and errors of the anchor.
        classes: number of labels; a wrong label is any other, equally often.
    """
    share = (known[1] + 0.5) / (known[0] + 1.0)
    noisy = share + NOISE * (1 - share * classes / (classes - 1))
    result: np.ndarray = errors @ np.log(noisy / share) + (rows - errors) @ np.log((1 - noisy) / (1 - share))
    return result


def rare_steps(rows: np.ndarray, rare: np.ndarray, known: tuple[int, np.ndarray]) -> np.ndarray:
    """Compute the log-likelihood ratio of ``KEPT`` of the rare rows to all of them.

    Args:
        rows: (…) rows of batches.
        rare: (…, levels of rarity) number of these that are rare.
        known: rows of the anchor, and its rare rows at each level.

    Returns:
        (…, levels of rarity).
    """
    share = known[1] / known[0]
    rows = np.asarray(rows)[..., None]
    result: np.ndarray = rare * np.log(KEPT) + (rows - rare) * np.log((1 - KEPT * share) / (1 - share))
    return result


def highest_sums(steps: np.ndarray) -> np.ndarray:
    """Compute the highest value that the sum reaches in each line of (years, batches) steps."""
    total, highest = np.zeros(len(steps)), np.zeros(len(steps))
    for step in steps.T:
        total = np.maximum(total + step, 0.0)
        highest = np.maximum(highest, total)
    return highest
