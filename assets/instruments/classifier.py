"""A classifier of the label that is cheap and deterministic, and copes with labels that lack a class or all of them."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import polars as pl

from outcross.resources.seeds import generator

MOST_ROWS = 20_000
"""Rows it is trained on; of more, that many are drawn by seed."""
MOST_STEPS = 300


@dataclass(frozen=True)
class Classifier:
    """Multinomial logistic regression with scikit-learn's default ridge penalty.

    Attributes:
        fitted: the regression; None where the training rows had fewer than two classes.
        constant: the one class that they had, or None where no row had a label: it then predicts nothing.
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
            # A budget of steps, the same for every generation, is what is meant; the optimum is not.
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
        return self.fitted.classes_[places].astype(object)

    def accuracy(self, points: np.ndarray, labels: pl.Series) -> tuple[float, float]:
        """Share of the labelled rows whose label is predicted, with its binomial standard error; NaN without any."""
        labelled = labels.is_not_null().to_numpy()
        if not labelled.any():
            return float("nan"), float("nan")
        right = float((self.predict(points[labelled]) == labels.drop_nulls().to_numpy()).mean())
        return right, float(np.sqrt(right * (1 - right) / labelled.sum()))
