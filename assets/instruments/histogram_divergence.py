"""Divergence frontier of two histograms: its area (MAUVE) and its integral, with standard errors."""

import numpy as np

SCALE = 5.0
"""c: a divergence of KL nats is mapped to e^(−c·KL)."""
POINTS = 25
"""Equally spaced mixtures λp + (1 − λ)q whose divergences are computed."""
MARGIN = 1e-6
"""Distance of λ from 0 and 1, where a divergence may be infinite."""
HALF = 0.5
"""Added to each count before the integral (Krichevsky & Trofimov 1981), which reduces the bias by empty cells."""


def frontier_area(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the area under the curve of (e^(−c·KL(q‖r)), e^(−c·KL(p‖r))), r = λp + (1 − λ)q, with its standard error.

    Pillutla et al. 2021 (NeurIPS, arXiv 2102.01454, equation 2) with c = 5, by trapezoids over 25 values of λ and the
    ends (1, 0) and (0, 1). The area is 1 for equal histograms, and c·B(c + 1, c) = 0.004 for those that share no cell.

    Args:
        x: (cells,) counts of one side, at least one row in all; p are its shares.
        y: (cells,) counts of the other side; q are its shares.
    """
    p, q = x / x.sum(), y / y.sum()
    weight = np.linspace(MARGIN, 1 - MARGIN, POINTS)[:, None]
    mixed = weight * p + (1 - weight) * q
    mixed[mixed == 0] = 1.0  # a cell that is empty on both sides adds nothing
    p_over, q_over = p / mixed, q / mixed
    across, up = (np.exp(-SCALE * (share * _log(over)).sum(axis=1)) for share, over in ((q, q_over), (p, p_over)))
    edge_across, edge_up = np.concatenate([[1.0], across, [0.0]]), np.concatenate([[0.0], up, [1.0]])
    area = float((-np.diff(edge_across) * (edge_up[1:] + edge_up[:-1])).sum() / 2)
    by_across = -SCALE * across * (edge_up[2:] - edge_up[:-2]) / 2
    by_up = -SCALE * up * (edge_across[:-2] - edge_across[2:]) / 2
    by_p = by_across @ (-weight * q_over) + by_up @ (_log(p_over) + 1 - weight * p_over)
    by_q = by_up @ (-(1 - weight) * p_over) + by_across @ (_log(q_over) + 1 - (1 - weight) * q_over)
    return area, float(np.sqrt(_variance(by_p, p) / x.sum() + _variance(by_q, q) / y.sum()))


def frontier_integral(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return 2 ∫ λ KL(p‖r) + (1 − λ) KL(q‖r) dλ over 0..1, r = λp + (1 − λ)q, with its standard error.

    Liu et al. 2021 (NeurIPS, arXiv 2106.07898, definition 2): Σ (p + q)/2 − pq/(p − q) ln(p/q), with ½ added to each
    count. The integral is 0 for equal histograms and 1 for those that share no cell.

    Args:
        x: (cells,) counts of one side, at least one row in all.
        y: (cells,) counts of the other side.
    """
    smooth_x, smooth_y = x + HALF, y + HALF
    p, q = smooth_x / smooth_x.sum(), smooth_y / smooth_y.sum()
    apart = np.abs(p - q) > 1e-9 * (p + q)
    gap = np.where(apart, p - q, 1.0)
    ratio = np.where(apart, np.log(p / q) / gap, 2 / (p + q))  # 1 ÷ the logarithmic mean of p and q
    value = float(((p + q) / 2 - p * q * ratio).sum())
    by_p, by_q = (
        np.where(apart, 0.5 - other * ratio - sign * other * (1 - own * ratio) / gap, 0.0)
        for own, other, sign in ((p, q, 1), (q, p, -1))
    )
    kept_x, kept_y = x.sum() / smooth_x.sum(), y.sum() / smooth_y.sum()
    variance = kept_x**2 * _variance(by_p, x / x.sum()) / x.sum() + kept_y**2 * _variance(by_q, y / y.sum()) / y.sum()
    return max(value, 0.0), float(np.sqrt(variance))


def _log(ratios: np.ndarray) -> np.ndarray:
    """Return ln, and 0 for a ratio of 0, whose cell has no weight."""
    return np.log(np.where(ratios > 0, ratios, 1.0))


def _variance(slopes: np.ndarray, shares: np.ndarray) -> float:
    """Return the variance of the slope at the cell of one row that is drawn by the shares."""
    return max(float((shares * slopes**2).sum() - (shares * slopes).sum() ** 2), 0.0)
