"""Fréchet distance: the 2-Wasserstein distance of the Gaussians with the moments of two clouds."""

import numpy as np

from outcross.assets.metrics.contract import ANY, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "frechet",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "Fréchet distance in an embedding fitted on the anchor",
    ),
)

NEGLIGIBLE = 1e-10
"""Share of the largest eigenvalue below which one counts as zero in an inverse."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``frechet`` in the probe's embedding. It is biased upwards, the more so the fewer rows a side has."""
    synthetic, reference = comparison.views
    value, standard_error = frechet_distance(synthetic.points, reference.points)
    return [Measurement("frechet", value, standard_error)]


def frechet_distance(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the squared Fréchet (2-Wasserstein) distance of the Gaussians with the clouds' moments.

    ‖μ₁ − μ₂‖² + tr(C₁ + C₂ − 2 (C₁C₂)^½), covariances with n − 1 (Dowson and Landau 1982, equation 4).

    The standard error is the delta method's. The gradient is 2(μ₁ − μ₂) in the mean and I − T in the covariance, where
    T is the optimal transport map from one Gaussian to the other. Between equal distributions the gradient vanishes,
    and so does the standard error to first order; it does not cover the bias of the distance.

    Args:
        x: (rows, dimensions), at least two rows.
        y: (rows, dimensions) of the other cloud.
    """
    mean_x, mean_y = x.mean(axis=0), y.mean(axis=0)
    cov_x, cov_y = _covariance(x - mean_x), _covariance(y - mean_y)
    root = _power(cov_x, 0.5)
    middle = root @ cov_y @ root
    overlap = np.sqrt(np.clip(np.linalg.eigvalsh(middle), 0.0, None)).sum()
    apart = mean_x - mean_y
    distance = float(apart @ apart + np.trace(cov_x) + np.trace(cov_y) - 2 * overlap)
    y_to_x = root @ _power(middle, -0.5) @ root
    x_to_y = _power(cov_x, -0.5) @ _power(middle, 0.5) @ _power(cov_x, -0.5)
    variance = _variance(x - mean_x, apart, x_to_y) + _variance(y - mean_y, -apart, y_to_x)
    return max(distance, 0.0), float(np.sqrt(variance))


def _variance(centred: np.ndarray, apart: np.ndarray, transport: np.ndarray) -> float:
    """Return the variance of the distance from one cloud's sampling: the variance of its rows' influence ÷ rows."""
    influence = 2 * centred @ apart + (centred**2).sum(axis=1) - ((centred @ transport) * centred).sum(axis=1)
    return float(influence.var(ddof=1) / len(centred))


def _covariance(centred: np.ndarray) -> np.ndarray:
    result: np.ndarray = centred.T @ centred / (len(centred) - 1)
    return result


def _power(matrix: np.ndarray, exponent: float) -> np.ndarray:
    """Return a power of a symmetric positive semidefinite matrix; negative powers are of its pseudo-inverse."""
    values, vectors = np.linalg.eigh(matrix)
    kept = values > NEGLIGIBLE * max(values[-1], 0.0)
    powered = np.where(kept, np.where(kept, values, 1.0) ** exponent, 0.0)
    result: np.ndarray = (vectors * powered) @ vectors.T
    return result


METRIC = RowMetric(
    name="frechet",
    modalities=ANY,
    measure=measure,
    endpoints=ENDPOINTS,
)
