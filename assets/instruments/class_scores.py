"""Scores of a classifier that count every class the same: balanced accuracy, ROC AUC and average precision."""

import numpy as np

from outcross.assets.instruments.standard_error import NONE

Scored = tuple[float, float]
"""A value and its standard error; NaN and NaN where no class can be scored."""


def balanced_accuracy(predicted: np.ndarray, labels: np.ndarray, classes: list[str]) -> Scored:
    """Return the unweighted mean over classes of the share of their rows that is predicted right.

    Args:
        predicted: (rows,) predicted labels.
        labels: (rows,) true labels, none missing.
        classes: those that occur in the labels.
    """
    if not classes:
        return NONE, NONE
    right = predicted == labels
    values = []
    influence = np.zeros(len(labels))
    for name in classes:
        own = labels == name
        values.append(float(right[own].mean()))
        influence += own * (right - values[-1]) / own.mean() / len(classes)
    return float(np.mean(values)), _error(influence)


def roc_auc(scores: np.ndarray, labels: np.ndarray, classes: list[str]) -> Scored:
    """Return the unweighted mean over classes of the area under the ROC curve, one class against the rest.

    It is the probability that a row of the class outranks another row; ties count a half. The error is that of
    placement values (DeLong et al. 1988), with the covariance between classes.

    Args:
        scores: (rows, classes) scores that rank the rows.
        labels: (rows,) true labels, none missing.
        classes: of the columns; a class without rows, or without other rows, is left out.
    """
    values, influences = [], []
    for column, name in enumerate(classes):
        own = labels == name
        inside, outside = int(own.sum()), int((~own).sum())
        if not inside or not outside:
            continue
        score = scores[:, column]
        placed = np.empty(len(own))
        placed[own] = _outranked(score[own], score[~own]) / outside
        placed[~own] = 1 - _outranked(score[~own], score[own]) / inside
        value = float(placed[own].mean())
        values.append(value)
        influences.append((placed - value) / np.where(own, own.mean(), 1 - own.mean()))
    if not values:
        return NONE, NONE
    return float(np.mean(values)), _error(np.mean(influences, axis=0))


def _outranked(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return how many of the other scores each score exceeds; equal ones count a half."""
    order = np.sort(others)
    return (np.searchsorted(order, scores, side="left") + np.searchsorted(order, scores, side="right")) / 2


def average_precision(scores: np.ndarray, labels: np.ndarray, classes: list[str]) -> Scored:
    """Return the unweighted mean over classes of average precision: Σ (Rₖ − Rₖ₋₁) Pₖ over the different scores.

    The error treats the average precision of a class as a proportion of its rows (Boyd, Eng & Page 2013, section 3.1),
    and classes as independent.

    Args:
        scores: (rows, classes) scores that rank the rows.
        labels: (rows,) true labels, none missing.
        classes: of the columns; a class without rows is left out.
    """
    values, variances = [], []
    for column, name in enumerate(classes):
        own = labels == name
        if not own.any():
            continue
        value = _precision_of_ranks(scores[:, column], own)
        values.append(value)
        variances.append(value * (1 - value) / own.sum())
    if not values:
        return NONE, NONE
    return float(np.mean(values)), float(np.sqrt(np.sum(variances)) / len(values))


def _precision_of_ranks(score: np.ndarray, own: np.ndarray) -> float:
    order = np.argsort(-score, kind="stable")
    last_of_ties = np.append(np.flatnonzero(np.diff(score[order])), len(score) - 1)
    found = np.cumsum(own[order])[last_of_ties]
    precision = found / (last_of_ties + 1)
    return float(np.sum(np.diff(found, prepend=0) * precision) / own.sum())


def _error(influence: np.ndarray) -> float:
    return float(influence.std() / np.sqrt(len(influence)))
