"""Linear regression on its own labels."""

import math


def base_risk(rows: int, dimensions: int, noise: float) -> float:
    """E‖β̂ − β‖² of least squares on T rows with features ~ N(0, I): b = σ²d/(T − d − 1)."""
    return noise**2 * dimensions / (rows - dimensions - 1)


def replace_risk(rows: int, dimensions: int, noise: float, generation: int) -> float:
    """Under ``replace`` with the same features relabelled: n·b (Gerstgrasser et al. 2024, arXiv 2404.01413)."""
    return generation * base_risk(rows, dimensions, noise)


def accumulate_risk(rows: int, dimensions: int, noise: float, generation: int) -> float:
    """Under ``accumulate`` with the same features relabelled: b·Σ_{i≤n} 1/i² → π²/6·b (arXiv 2404.01413).

    With equal features the pooled fit is the mean of the fits to each block, so error i enters with weight 1/i.
    """
    return base_risk(rows, dimensions, noise) * sum(1 / i**2 for i in range(1, generation + 1))


def strong_collapse_risk(rows: int, dimensions: int, noise: float, share: float, distance: float) -> float:
    """Excess risk of pooled least squares, share p of n labels from w₂ with ‖w₁ − w₂‖ = c, to first order in d/n.

    p²c² + σ²d/n + p(1 − p)c²(d + 2)/n: the first term does not go away with more data. After Dohmatob et al. 2024, arXiv
    2410.04840. Derived: β̂ − w₁ = (XᵀX)⁻¹(X₂ᵀX₂)(w₂ − w₁) + noise; X₂ᵀX₂/n has mean p·I and, given XᵀX, fluctuations
    that add the last term.
    """
    bias = share**2 * distance**2
    return bias + noise**2 * dimensions / rows + share * (1 - share) * distance**2 * (dimensions + 2) / rows


def wrong_by_second_order(dimensions: int, rows: int) -> float:
    """Relative size of what :func:`strong_collapse_risk` leaves out: of order (d + 1)/n."""
    return (dimensions + 1) / rows


def pi_squared_sixth() -> float:
    """The limit of Σ 1/i²."""
    return math.pi**2 / 6
