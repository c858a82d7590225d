"""Classes of unequal numbers of rows: weights, repeated rows, and synthetic minority rows between real ones (SMOTE)."""

from typing import Literal

import numpy as np

Balance = Literal["none", "weights", "resample", "smote"]
NEIGHBOURS = 5
"""Rows of the same class between which SMOTE draws (Chawla et al. 2002, Journal of Artificial Intelligence 16:321)."""


def class_weights(codes: np.ndarray) -> np.ndarray:
    """Return (rows,) n ÷ (classes · rows of the class): every class weighs the same, and the mean is 1.

    Args:
        codes: (rows,) class of each row, counted from 0.
    """
    counts = np.bincount(codes)
    result: np.ndarray = len(codes) / ((counts > 0).sum() * counts[codes])
    return result


def repeat_rare(codes: np.ndarray, *, seed: int) -> np.ndarray:
    """Return places of rows, drawn with replacement in the smaller classes, so that all have as many as the largest.

    Args:
        codes: (rows,) class of each row.
        seed: of the draws.
    """
    from imblearn.over_sampling import RandomOverSampler

    places = np.arange(len(codes))[:, None]
    drawn, _ = RandomOverSampler(random_state=seed % 2**31).fit_resample(places, codes)
    result: np.ndarray = np.asarray(drawn)[:, 0]
    return result


def smote(
    matrix: np.ndarray, codes: np.ndarray, *, categorical: np.ndarray, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return rows that bring every class to the size of the largest, between its neighbours: features and classes.

    Only rows without a missing value have neighbours. A class of one such row, or a table of categories alone, has none
    between which to draw, and its rows are repeated.

    Args:
        matrix: (rows, features), NaN where missing.
        codes: (rows,) class of each row.
        categorical: (features,) whether a feature is a coded level: the most frequent one of the neighbours is taken.
        seed: of the draws.
    """
    whole = np.isfinite(matrix).all(axis=1)
    counts, complete = np.bincount(codes), np.bincount(codes[whole], minlength=codes.max() + 1)
    rows, classes = [], []
    for code in np.flatnonzero((counts > 0) & (counts < counts.max())):
        lacking = int(counts.max() - counts[code])
        if complete[code] < 2 or categorical.all():
            own = np.flatnonzero(codes == code)
            rows.append(matrix[np.random.default_rng(seed % 2**63).choice(own, lacking)])
        else:
            rows.append(_between(matrix[whole & (codes == code)], lacking, categorical=categorical, seed=seed))
        classes.append(np.full(lacking, code))
    if not rows:
        return matrix[:0], codes[:0]
    return np.concatenate(rows), np.concatenate(classes)


def _between(own: np.ndarray, lacking: int, *, categorical: np.ndarray, seed: int) -> np.ndarray:
    """Draw rows of one class between its own."""
    from imblearn.over_sampling import SMOTE, SMOTENC

    # The library balances two classes: the other one stands far away and is as large as is wanted.
    other = np.tile(own.max(axis=0) + 1.0, (len(own) + lacking, 1))
    settings = {"k_neighbors": min(NEIGHBOURS, len(own) - 1), "random_state": seed % 2**31}
    sampler = (
        SMOTENC(categorical_features=np.flatnonzero(categorical).tolist(), **settings)
        if categorical.any()
        else SMOTE(**settings)
    )
    drawn, _ = sampler.fit_resample(
        np.concatenate([own, other]), np.concatenate([np.zeros(len(own)), np.ones(len(other))])
    )
    result: np.ndarray = np.asarray(drawn)[len(own) + len(other) :]
    return result
