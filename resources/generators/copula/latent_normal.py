"""The latent normal of a Gaussian copula: cells as intervals, the latent correlation, and probabilities of boxes."""

import math

import numpy as np

CORRELATION_LIMIT = 0.99
"""Largest latent correlation of two columns, either sign."""
LEAST_EIGENVALUE = 0.01
"""Lower bound of the eigenvalues of the correlation: pairwise estimates need not be consistent, and boxes under a
nearly singular normal need many draws."""
HERMITE_TERMS = 64
BISECTIONS = 40


def cut_points(mass: np.ndarray) -> np.ndarray:
    """Return the C + 1 ends, from −∞ to ∞, of the intervals of a standard normal with these C masses."""
    from scipy.special import ndtri

    return np.concatenate([[-np.inf], ndtri(np.cumsum(mass)[:-1] / mass.sum()), [np.inf]])


def normal_scores(cuts: np.ndarray, mass: np.ndarray) -> np.ndarray:
    """Return the mean of a standard normal within each interval: (φ(a) − φ(b)) / mass."""
    result: np.ndarray = -np.diff(_density(cuts)) / mass
    return result


def hermite_coefficients(cuts: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Expand the step function "score of the interval that z is in" in normalised Hermite polynomials.

    Returns (HERMITE_TERMS,): coefficients of degrees 1, 2, …, from ∫ₐᵇ hₜ φ = (hₜ₋₁(a) φ(a) − hₜ₋₁(b) φ(b)) / √t.
    """
    ends = np.clip(cuts, -38.0, 38.0)
    density = _density(ends)
    previous, current = np.zeros_like(ends), np.ones_like(ends)
    coefficients, negated, root_before = np.empty(HERMITE_TERMS), -scores, 0.0
    for degree in range(1, HERMITE_TERMS + 1):
        root, weighted = math.sqrt(degree), current * density
        coefficients[degree - 1] = negated @ (weighted[1:] - weighted[:-1]) / root
        previous, current, root_before = current, (ends * current - root_before * previous) / root, root
    return coefficients


def match_correlation(moments: np.ndarray, coefficients: np.ndarray) -> np.ndarray:
    """Return the latent correlations under which the normal scores have these mean products.

    Scores of discrete columns are less correlated than the latent normals; their correlation would weaken every
    dependence a little more with each refit of a model to its own samples. The mean product of two
    scores is the increasing function Σₜ ρᵗ gⱼₜ gₖₜ of the latent correlation, inverted here by bisection (the
    "normal to anything" method: Cario and Nelson 1997).

    Args:
        moments: (d, d) weighted mean products of the columns' scores.
        coefficients: (d, HERMITE_TERMS), of each column.

    Returns (d, d) with unit diagonal; not yet positive definite.
    """
    first, second = np.triu_indices(len(moments), 1)
    products = coefficients[first] * coefficients[second]
    target = moments[first, second]
    low, high = np.full(len(target), -CORRELATION_LIMIT), np.full(len(target), CORRELATION_LIMIT)
    for _ in range(BISECTIONS):
        middle = (low + high) / 2
        above = _power_series(products, middle) > target
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    # A column with one cell is uninformative: any correlation would match.
    informative = np.abs(products).max(axis=1, initial=0.0) > 1e-12
    correlation = np.eye(len(moments))
    correlation[first, second] = correlation[second, first] = np.where(informative, (low + high) / 2, 0.0)
    return correlation


def make_positive_definite(correlation: np.ndarray) -> np.ndarray:
    """Raise small eigenvalues to the lower bound and rescale to a unit diagonal (Rebonato and Jäckel 1999)."""
    values, vectors = np.linalg.eigh(correlation)
    lifted = (vectors * np.maximum(values, LEAST_EIGENVALUE)) @ vectors.T
    scale = np.sqrt(np.diagonal(lifted))
    result: np.ndarray = lifted / scale[:, np.newaxis] / scale
    return result


def log_box_probability(
    lower: np.ndarray, upper: np.ndarray, correlation: np.ndarray, *, draws: int, random: np.random.Generator
) -> np.ndarray:
    """Estimate the log-probability of boxes under a multivariate normal.

    The Geweke–Hajivassiliou–Keane simulator (Geweke 1991; Train, *Discrete Choice Methods with Simulation*, chapter 5):
    the estimate of the probability is unbiased, so that of its negative logarithm is an upper bound in expectation,
    exact without correlation and tighter with more draws.

    Args:
        lower: (N, d), may be −∞.
        upper: (N, d), may be ∞.
        correlation: (d, d), positive definite.
        draws: simulated paths for each box.
        random: generator of the paths.

    Returns (N,).
    """
    from scipy.special import logsumexp, ndtr, ndtri

    factor = np.linalg.cholesky(correlation)
    size, dimensions = lower.shape
    path = np.zeros((size, draws, dimensions))
    log_weight = np.zeros((size, draws))
    for column in range(dimensions):
        drift = path[:, :, :column] @ factor[column, :column]
        begin = (lower[:, column, np.newaxis] - drift) / factor[column, column]
        end = (upper[:, column, np.newaxis] - drift) / factor[column, column]
        # Intervals above zero are mirrored: in the upper tail the difference of two probabilities near 1 is lost.
        mirrored = begin > 0
        begin, end = np.where(mirrored, -end, begin), np.where(mirrored, -begin, end)
        below = ndtr(begin)
        within = np.maximum(ndtr(end) - below, 1e-300)
        log_weight += np.log(within)
        draw = ndtri(np.clip(below + random.random((size, draws)) * within, 1e-300, 1 - 1e-16))
        path[:, :, column] = np.where(mirrored, -draw, draw)
    result: np.ndarray = logsumexp(log_weight, axis=1) - np.log(draws)
    return result


def _density(points: np.ndarray) -> np.ndarray:
    """Return the standard normal density."""
    result: np.ndarray = np.exp(-0.5 * points**2) / np.sqrt(2 * np.pi)
    return result


def _power_series(products: np.ndarray, correlation: np.ndarray) -> np.ndarray:
    """Return Σₜ productsₜ ρᵗ for each pair, by Horner's rule."""
    total = np.zeros_like(correlation)
    for column in products.T[::-1]:
        total = (total + column) * correlation
    return total
