"""A2: least squares on labels of the last fit, which replace the earlier labels or accumulate with them.

Features are N(0, I_d), T rows in each generation, labels Xβ + N(0, σ²); the risk is ‖β̂ − β‖². The model of
Gerstgrasser et al. 2024, arXiv 2404.01413. Defined for T > d + 1, the variances for T > d + 3.
"""

import math
from typing import Literal

from outcross.jobs.acceptance.theory.exact import Exact

Policy = Literal["replace", "accumulate"]


def harmonic_squares(generation: int) -> float:
    """H_n^(2) = Σ_{i≤n} 1/i², which tends to π²/6."""
    return sum(1 / i**2 for i in range(1, generation + 1))


def first_risk(*, rows: int, dimensions: int, noise: float) -> float:
    """B = σ²d/(T−d−1), the risk of the first model: σ² E[tr (XᵀX)⁻¹], the mean of an inverse Wishart matrix."""
    return noise**2 * dimensions / (rows - dimensions - 1)


def relabelled_risk(policy: Policy, *, rows: int, dimensions: int, noise: float, generation: int) -> Exact:
    """A2: the same X relabelled in each generation: replace n·b, accumulate H_n^(2)·b; Gerstgrasser et al. 2024.

    Accumulate averages the labels of n blocks, so β̂_n = β̂_{n−1} + OLS noise/n; replace adds the full noise. Given
    X the error is N(0, hσ²(XᵀX)⁻¹), h = n or H_n^(2). Variance of one replicate, derived: 2h²σ⁴E[tr W⁻²] +
    h²σ⁴Var(tr W⁻¹), with E[W⁻¹⊗W⁻¹] of a Wishart W = XᵀX (von Rosen 1988, Scandinavian Journal of Statistics 15:97).
    """
    steps = generation if policy == "replace" else harmonic_squares(generation)
    mean = steps * first_risk(rows=rows, dimensions=dimensions, noise=noise)
    free = rows - dimensions
    unit = 1 / (free * (free - 1) * (free - 3))
    trace_of_square = dimensions * (rows - 1) * unit
    square_of_trace = (dimensions**2 * (free - 2) + 2 * dimensions) * unit
    return Exact(mean, (steps * noise**2) ** 2 * (2 * trace_of_square + square_of_trace) - mean**2)


def fresh_features_risk(policy: Policy, *, rows: int, dimensions: int, noise: float, generation: int) -> float:
    """A2's control: new X in each generation. Replace still n·b; accumulate σ²d Σ_{i≤n} 1/(i(iT−d−1)).

    Derived: with A_i = X_iᵀX_i and G_i = A_1 + … + A_i, pooled least squares moves by G_i⁻¹X_iᵀε_i, of expected square
    σ² E[tr G_i⁻¹A_iG_i⁻¹]. The blocks are exchangeable, so that is σ² E[tr G_i⁻¹]/i, G_i being Wishart with iT rows.
    """
    if policy == "replace":
        return generation * first_risk(rows=rows, dimensions=dimensions, noise=noise)
    return sum(first_risk(rows=i * rows, dimensions=dimensions, noise=noise) / i for i in range(1, generation + 1))


def relabelled_limit(*, rows: int, dimensions: int, noise: float) -> float:
    """A2: π²/6·b, the limit of the risk under accumulate with the same X; Gerstgrasser et al. 2024."""
    return math.pi**2 / 6 * first_risk(rows=rows, dimensions=dimensions, noise=noise)


def fresh_features_limit(*, rows: int, dimensions: int, noise: float) -> float:
    """A2's control, limit for many generations: σ²d·(−ψ(1−a) − γ)/(aT) with a = (d+1)/T; derived from Σ 1/(i(i−a))."""
    from scipy.special import psi

    offset = (dimensions + 1) / rows
    return noise**2 * dimensions * float(psi(1) - psi(1 - offset)) / (offset * rows)
