"""Estimating a mean from a mixture of fresh, kept and synthetic rows: where "too much" has a closed form."""

import math


def fresh_risk(share: float, rows: int, generation: int) -> float:
    """E[(μ̂_k − μ)²]/σ² with 1 − s fresh real rows of T each generation: v_k = (1 − s^{2k})/(1 − s²)/T.

    Derived: μ̂_k = s·(μ̂_{k−1} + noise of s·T rows) + (1 − s)·(mean of fresh rows), so v_k = s²v_{k−1} + 1/T, v_0 = 0.
    """
    return sum(share ** (2 * i) for i in range(generation)) / rows


def safe_share(tolerance: float) -> float:
    """The largest share whose relative risk increase stays within δ in the long run: s* = √(δ/(1+δ)).

    Derived: v_∞·T − 1 = 1/(1 − s²) − 1 = s²/(1 − s²) = δ.
    """
    return math.sqrt(tolerance / (1 + tolerance))


def safe_share_at(tolerance: float, generation: int) -> float:
    """The same after k generations: the root of Σ_{i<k} s^{2i} = 1 + δ, or 1 where no share crosses."""
    from scipy.optimize import brentq

    def excess(share: float) -> float:
        return fresh_risk(share, 1, generation) - 1 - tolerance

    return 1.0 if excess(1.0) <= 0 else float(brentq(excess, 0.0, 1.0))


def fresh_effective_rows(share: float, generation: int) -> float:
    """n_e/n_r: real rows that would do as well ÷ fresh real rows a generation; 1 + s in the long run.

    Alemohammad et al. 2024, arXiv 2307.01850: synthetic rows help where real ones are fresh. With T = n_r/(1 − s) rows,
    n_e = 1/v_k.
    """
    return 1 / (fresh_risk(share, 1, generation) * (1 - share))


def fixed_risk(share: float, rows: int, generation: int) -> float:
    """E[(μ̂_k − μ)²]/σ² with the same (1 − s)·T real rows each generation.

    Derived: generation 1 is the mean of all T rows. With a the mean of the kept rows, μ̂_k = (1 − s)a + s(μ̂_{k−1} + ε_k),
    Var ε_k = 1/(sT); then Var μ̂_k follows from the recursions of Var μ̂ and Cov(μ̂, a), Var a = 1/((1 − s)T).
    """
    kept = 1 / ((1 - share) * rows)
    risk = together = 1 / rows
    for _ in range(generation - 1):
        risk = (1 - share) ** 2 * kept + share**2 * (risk + 1 / (share * rows)) + 2 * share * (1 - share) * together
        together = (1 - share) * kept + share * together
    return risk


def fixed_effective_rows(share: float) -> float:
    """n_e/n_r in the long run where the real rows are always the same: (1 + s)/(1 + 2s), worse than none synthetic.

    Alemohammad et al. 2024, arXiv 2307.01850. Derived: v_∞ = Var a + s/(T(1 − s²)).
    """
    return (1 + share) / (1 + 2 * share)


def weighted_risk(weight: float, ratio: float, rows: int, generation: int) -> float:
    """E[(μ̂_k − μ)²]/σ² with loss weight w on n fresh real rows and 1 − w on k·n synthetic ones.

    He et al. 2025, arXiv 2502.18049: v_g = w²/n + (1 − w)²(v_{g−1} + 1/(k n)), v_1 = 1/n.
    """
    risk = 1 / rows
    for _ in range(generation - 1):
        risk = weight**2 / rows + (1 - weight) ** 2 * (risk + 1 / (ratio * rows))
    return risk


def best_weight(ratio: float) -> float:
    """The weight of least risk in the long run: w* = (√(1 + 4k) − 1)/(2k); 1/golden ratio for k = 1.

    He et al. 2025, arXiv 2502.18049; the risk there is w*·σ²/n.
    """
    return (math.sqrt(1 + 4 * ratio) - 1) / (2 * ratio)
