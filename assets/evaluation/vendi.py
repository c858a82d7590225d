"""Vendi score: how many rows there are that differ from one another, in effect."""

import numpy as np

from assets.evaluation.contract import Comparison, Measurement
from assets.evaluation.standard_error import NONE


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``vendi`` of the synthetic rows in the probe's embedding, whose dimensions it cannot exceed."""
    points = comparison.probe.view(comparison.synthetic, seed=comparison.seed).points
    return [Measurement("vendi", *vendi_score(points))]


def vendi_score(points: np.ndarray) -> tuple[float, float]:
    """Exponential of the entropy of the eigenvalues of K/n, K the rows' cosines, and its standard error.

    Friedman & Dieng 2023 (TMLR, arXiv 2210.02410). K = XXᵀ has the eigenvalues of XᵀX, so the smaller of the
    two is decomposed: with more rows than dimensions the time grows with the rows, not with their cube. Rows at the
    origin have no direction and are left out; 1 where there are no others.

    The standard error is the delta method's, a row x having the influence −xᵀ ln(XᵀX/n) x on the entropy.

    Args:
        points: (rows, dimensions).
    """
    norms = np.sqrt((points**2).sum(axis=1))
    unit = points[norms > 0] / norms[norms > 0, None]
    rows, dimensions = unit.shape
    if not rows:
        return 1.0, NONE
    if rows > dimensions:
        values, vectors = np.linalg.eigh(unit.T @ unit / rows)
        shares = (unit @ vectors) ** 2
    else:
        values, vectors = np.linalg.eigh(unit @ unit.T / rows)
        shares = rows * vectors**2 * values
    kept = values > np.finfo(float).eps * dimensions
    surprise = -shares[:, kept] @ np.log(values[kept])
    score = float(np.exp(-(values[kept] * np.log(values[kept])).sum()))
    return score, float(score * surprise.std() / np.sqrt(rows))
