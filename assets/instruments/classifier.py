"""Classifier of the label: cheap, deterministic, and defined even if classes or all labels are missing."""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from outcross.resources.seeds import generator

MOST_ROWS = 20_000
"""Most training rows; of more, a sample is drawn by seed."""
MOST_STEPS = 300


@dataclass(frozen=True)
class Classifier:
    """Multinomial logistic regression with scikit-learn's default ridge penalty.

    Attributes:
        fitted: the regression; None if the training rows have fewer than two classes.
        constant: the only class of the training rows; None, which is never right, if no row has a label.
    """

    fitted: Any
    constant: str | None

    @classmethod
    def fit(cls, points: np.ndarray, labels: pl.Series, *, seed: int) -> "Classifier":
        """Train on (rows, dimensions) and a String label each; rows without a label are left out."""
        from sklearn.exceptions import ConvergenceWarning
        from sklearn.linear_model import LogisticRegression

        rows = np.flatnonzero(labels.is_not_null().to_numpy())
        if len(rows) > MOST_ROWS:
            rows = np.sort(generator(seed).choice(rows, MOST_ROWS, replace=False))
        classes, codes = np.unique(labels.gather(rows).to_numpy().astype(str), return_inverse=True)
        if len(classes) < 2:
            return cls(None, str(classes[0]) if len(classes) else None)
        with warnings.catch_warnings():
            # The number of steps is the same for every generation by intention; convergence is not needed.
            warnings.simplefilter("ignore", ConvergenceWarning)
            regression = LogisticRegression(max_iter=MOST_STEPS).fit(points[rows], codes)
        regression.classes_ = classes
        return cls(regression, None)

    def predict(self, points: np.ndarray) -> np.ndarray:
        """Return (rows,) the most probable label of each point."""
        if self.fitted is None:
            return np.full(len(points), self.constant, dtype=object)
        scores = self.fitted.decision_function(points)
        places = scores.argmax(axis=1) if scores.ndim == 2 else (scores > 0).astype(np.int64)
        result: np.ndarray = self.fitted.classes_[places].astype(object)
        return result

    def scores(self, points: np.ndarray, classes: Sequence[str]) -> np.ndarray:
        """Return (rows, classes) scores that rank the rows by how probable each class is.

        A class that the training rows lack, and the only class where there is one, rank no row above another.
        """
        scores = np.zeros((len(points), len(classes)))
        if self.fitted is None:
            return scores
        found = self.fitted.decision_function(points)
        if found.ndim == 1:
            found = np.column_stack([-found, found])
        else:
            highest = found.max(axis=1, keepdims=True)
            found = found - highest - np.log(np.exp(found - highest).sum(axis=1, keepdims=True))
        places = {str(name): place for place, name in enumerate(self.fitted.classes_)}
        for column, name in enumerate(classes):
            if name in places:
                scores[:, column] = found[:, places[name]]
        return scores

    def accuracy(self, points: np.ndarray, labels: pl.Series) -> tuple[float, float]:
        """Return the share of labelled rows predicted right, with its binomial standard error; NaN without labels."""
        labelled = labels.is_not_null().to_numpy()
        if not labelled.any():
            return float("nan"), float("nan")
        right = float((self.predict(points[labelled]) == labels.drop_nulls().to_numpy()).mean())
        return right, float(np.sqrt(right * (1 - right) / labelled.sum()))
