"""Regressor of the target: linear, deterministic, and defined even if targets are missing or all equal."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.classifier import MOST_ROWS
from outcross.assets.instruments.standard_error import NONE
from outcross.resources.seeds import generator

RIDGE = 1.0
"""Weight of the squared coefficients against the sum of squared errors, as scikit-learn's ``Ridge`` has it."""


@dataclass(frozen=True)
class Regressor:
    """Ridge regression with an intercept that is not penalised.

    Attributes:
        centre: (dimensions,) mean of the training points.
        coefficients: (dimensions,) weights of the centred points.
        mean: mean target of the training rows; NaN if none has a target.
        bounds: smallest and largest target of the training rows; a prediction stays within them.
    """

    centre: np.ndarray
    coefficients: np.ndarray
    mean: float
    bounds: tuple[float, float]

    @classmethod
    def fit(cls, points: np.ndarray, targets: pl.Series, *, seed: int) -> Self:
        """Train on (rows, dimensions) and a number each; rows without a target are left out."""
        values = read_targets(targets)
        rows = np.flatnonzero(np.isfinite(values))
        if not len(rows):
            return cls(np.zeros(points.shape[1]), np.zeros(points.shape[1]), NONE, (NONE, NONE))
        if len(rows) > MOST_ROWS:
            rows = np.sort(generator(seed).choice(rows, MOST_ROWS, replace=False))
        x, y = points[rows], values[rows]
        centre, mean = x.mean(axis=0), float(y.mean())
        centred = x - centre
        products = centred.T @ centred + RIDGE * np.eye(points.shape[1])
        coefficients = np.linalg.solve(products, centred.T @ (y - mean))
        return cls(centre, coefficients, mean, (float(y.min()), float(y.max())))

    def predict(self, points: np.ndarray) -> np.ndarray:
        """Return (rows,) the predicted target of each point; NaN if no training row had a target."""
        predicted: np.ndarray = np.clip((points - self.centre) @ self.coefficients + self.mean, *self.bounds)
        return predicted

    def explained(self, points: np.ndarray, targets: pl.Series) -> tuple[float, float]:
        """Return R² on rows with a target, with its standard error over rows."""
        value, influence = explained_variance(self.predict(points), read_targets(targets))
        return value, float(influence.std() / np.sqrt(len(influence))) if len(influence) else NONE


def read_targets(targets: pl.Series) -> np.ndarray:
    """Return (rows,) the targets as float64, NaN for a missing one."""
    values: np.ndarray = targets.cast(pl.Float64).to_numpy()
    return values


def explained_variance(predicted: np.ndarray, values: np.ndarray) -> tuple[float, np.ndarray]:
    """Return R² = 1 − Σ(y − ŷ)² ÷ Σ(y − ȳ)², and the influence of each row that has a value.

    Rows without a value are left out. R² is 0 for the mean of these rows, and negative for what is worse. It is NaN if
    there is no row, or all values are equal. The standard error is the influences' deviation ÷ √rows.

    Args:
        predicted: (rows,).
        values: (rows,), NaN where missing.
    """
    present = np.isfinite(values)
    predicted, values = predicted[present], values[present]
    if not len(values) or values.min() == values.max():
        return NONE, np.full(len(values), NONE)
    errors, spread = (values - predicted) ** 2, (values - values.mean()) ** 2
    unexplained = float(errors.mean() / spread.mean())
    return 1 - unexplained, -(errors - unexplained * spread) / spread.mean()
