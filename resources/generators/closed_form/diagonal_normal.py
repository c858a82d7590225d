"""Batches of normals with diagonal covariance: they store variances only, so that thousands of them are cheap."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np


@dataclass(frozen=True)
class DiagonalNormals:
    """K normals in d dimensions with independent columns.

    Attributes:
        mean: shape (K, d).
        variances: shape (K, d).
    """

    mean: np.ndarray
    variances: np.ndarray

    def take(self, chosen: np.ndarray) -> Self:
        """Return the normals at these indices."""
        return type(self)(self.mean[chosen], self.variances[chosen])

    def tensors(self) -> dict[str, np.ndarray]:
        """Return all arrays."""
        return {"mean": self.mean, "variances": self.variances}

    @cached_property
    def scale(self) -> np.ndarray:
        """Standard deviations (K, d); 0 where a column does not vary beyond the rounding of its mean."""
        deviation = np.sqrt(np.clip(self.variances, 0.0, None))
        return np.where(deviation > 4 * np.finfo(float).eps * np.abs(self.mean), deviation, 0.0)

    @property
    def rank(self) -> np.ndarray:
        """Number of columns that vary, shape (K,)."""
        result: np.ndarray = (self.scale > 0).sum(axis=1)
        return result

    def transform(self, noise: np.ndarray) -> np.ndarray:
        """Transform standard normal noise (K, N, d) into samples of each normal."""
        result: np.ndarray = self.mean[:, np.newaxis] + noise * self.scale[:, np.newaxis]
        return result

    def nats(self, points: np.ndarray) -> np.ndarray:
        """Return the negative log-density of points (K or 1, N, d) under each normal, shape (K, N).

        A constant column has no density: points with its value score 0 there, others +inf.
        """
        mean, scale = self.mean[:, np.newaxis], self.scale[:, np.newaxis]
        offset, varies = points - mean, scale > 0
        resolution = 8 * np.finfo(float).eps * (np.abs(mean) + np.abs(points))
        off_constant = (~varies & (np.abs(offset) > resolution)).any(axis=2)
        with np.errstate(over="ignore"):
            standard = np.divide(offset, scale, out=np.zeros_like(offset), where=np.broadcast_to(varies, offset.shape))
            distance = (standard**2).sum(axis=2)
        log_scale = np.where(varies, np.log(np.where(varies, scale, 1.0)) + 0.5 * np.log(2 * np.pi), 0.0).sum(axis=2)
        return np.where(off_constant, np.inf, log_scale + 0.5 * distance)
