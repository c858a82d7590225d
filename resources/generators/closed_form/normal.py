"""Batches of multivariate normals, with covariances that may be rank-deficient."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

BATCH_ELEMENTS = 1 << 22
"""Largest intermediate array of a batched density, in elements (32 MiB)."""


@dataclass(frozen=True)
class Normals:
    """K multivariate normals in d dimensions.

    The covariance is factored as D R D, with D the standard deviations and R the correlations, and R by its
    eigenvectors: this is stable for columns of very different scales, constant columns and dependent columns.

    Attributes:
        mean: shape (K, d).
        covariance: shape (K, d, d), symmetric.
    """

    mean: np.ndarray
    covariance: np.ndarray

    def tensors(self) -> dict[str, np.ndarray]:
        """Return all arrays."""
        return {"mean": self.mean, "covariance": self.covariance}

    @property
    def variances(self) -> np.ndarray:
        """Variance of each column, shape (K, d)."""
        return np.diagonal(self.covariance, axis1=1, axis2=2)

    def take(self, chosen: np.ndarray) -> Self:
        """Return the normals at these indices."""
        return type(self)(self.mean[chosen], self.covariance[chosen])

    @cached_property
    def scale(self) -> np.ndarray:
        """Standard deviations (K, d); 0 where a column does not vary beyond the rounding of its mean."""
        deviation = np.sqrt(np.clip(np.diagonal(self.covariance, axis1=1, axis2=2), 0.0, None))
        return np.where(deviation > 4 * np.finfo(float).eps * np.abs(self.mean), deviation, 0.0)

    @cached_property
    def _spectrum(self) -> tuple[np.ndarray, np.ndarray]:
        """Eigenvalues (K, d) of the correlations, 0 in null directions, and eigenvectors (K, d, d) in columns."""
        safe = np.where(self.scale > 0, self.scale, np.inf)
        # Division by one side at a time: the product of two tiny deviations would underflow.
        correlation = self.covariance / safe[:, :, np.newaxis] / safe[:, np.newaxis, :]
        values, vectors = np.linalg.eigh(correlation)
        return np.where(values > values.shape[1] * 1e-12, values, 0.0), vectors

    @cached_property
    def rank(self) -> np.ndarray:
        """Rank of each covariance, shape (K,)."""
        result: np.ndarray = (self._spectrum[0] > 0).sum(axis=1)
        return result

    def transform(self, noise: np.ndarray) -> np.ndarray:
        """Transform standard normal noise (K, N, d) into samples of each normal.

        The root of the correlation is the symmetric one: eigenvectors may change their sign with the last bit of a
        covariance, so with the unit of a column, and the samples with them.
        """
        values, vectors = self._spectrum
        symmetric = (vectors * np.sqrt(values)[:, np.newaxis, :]) @ vectors.transpose(0, 2, 1)
        root = self.scale[:, :, np.newaxis] * symmetric
        result: np.ndarray = self.mean[:, np.newaxis] + noise @ root.transpose(0, 2, 1)
        return result

    def nats(self, points: np.ndarray) -> np.ndarray:
        """Return the negative log-density of points (K or 1, N, d) under each normal, shape (K, N).

        For a rank-deficient covariance, the density is that on its support (a plane), in units of the columns' standard
        deviations; points off the plane score +inf.
        """
        count, size, dimensions = len(self.mean), points.shape[1], points.shape[2]
        step = max(1, BATCH_ELEMENTS // max(1, size * dimensions))
        shared = len(points) == 1
        chunks = [
            self._chunk_nats(points if shared else points[first : first + step], slice(first, first + step))
            for first in range(0, count, step)
        ]
        return np.concatenate(chunks)

    def _chunk_nats(self, points: np.ndarray, part: slice) -> np.ndarray:
        mean, scale = self.mean[part, np.newaxis], self.scale[part, np.newaxis]
        eigenvalues, vectors = self._spectrum[0][part], self._spectrum[1][part]
        offset = points - mean
        varies, kept = scale > 0, eigenvalues > 0
        resolution = 8 * np.finfo(float).eps * (np.abs(mean) + np.abs(points))
        off_constant = (~varies & (np.abs(offset) > resolution)).any(axis=2)
        with np.errstate(over="ignore"):
            standard = np.divide(offset, scale, out=np.zeros_like(offset), where=np.broadcast_to(varies, offset.shape))
            projected = standard @ vectors
            lost = np.where(kept[:, np.newaxis], 0.0, projected)
            inverse = np.where(kept, 1.0 / np.where(kept, eigenvalues, 1.0), 0.0)
            distance = (projected**2 * inverse[:, np.newaxis]).sum(axis=2)
            tolerance = 1e-6 * (1.0 + np.abs(standard).max(axis=2, keepdims=True))
        off_plane = off_constant | (np.abs(lost) > tolerance).any(axis=2)
        constant = self._log_normaliser(part)[:, np.newaxis]
        return np.where(off_plane, np.inf, constant + 0.5 * distance)

    def _log_normaliser(self, part: slice) -> np.ndarray:
        """½ (rank · log 2π + log pseudo-determinant), shape (K,)."""
        scale, eigenvalues = self.scale[part], self._spectrum[0][part]
        kept = eigenvalues > 0
        log_scale = np.log(np.where(scale > 0, scale, 1.0)).sum(axis=1)
        log_eigenvalues = np.log(np.where(kept, eigenvalues, 1.0)).sum(axis=1)
        result: np.ndarray = 0.5 * (kept.sum(axis=1) * np.log(2 * np.pi) + log_eigenvalues) + log_scale
        return result
