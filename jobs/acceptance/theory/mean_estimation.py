"""A1 and A9: the mean of a normal distribution of known variance, refitted on a mixture of real and synthetic rows.

Risks are mean squared errors of the fitted mean in units of σ²/T, one column. Each generation has T rows, of which
(1−s)T are real and sT drawn from the model before. The first model is fitted on T real rows and has risk 1. The fitted
mean is normal around the true one, so a squared error with expectation v has variance 2v² over replicates.
"""

from outcross.jobs.acceptance.theory.exact import Exact


def fresh_risk(*, share: float, generation: int) -> Exact:
    """A1: v_k = (1 − s^{2k})/(1 − s²), with new real rows in every generation.

    Derived: the pooled mean has v_k = (1−s)²/(1−s) + s²(v_{k−1} + 1/s) = 1 + s² v_{k−1}, v_1 = 1.
    """
    return _normal(sum(share ** (2 * j) for j in range(generation)))


def fresh_risk_limit(share: float) -> float:
    """A1: 1/(1 − s²), the risk after many generations relative to the first model's; share < 1."""
    return 1 / (1 - share**2)


def safe_share(tolerance: float, *, generation: int | None = None) -> float:
    """A1: the largest synthetic share, with fresh real rows, whose risk is at most 1 + δ times the first model's.

    In the limit s* = √(δ/(1+δ)), from 1/(1−s²) = 1 + δ. After k generations it is the root of Σ_{j<k} s^{2j} = 1 + δ,
    and 1 where even replace (risk k) stays within the tolerance. Derived.

    Args:
        tolerance: accepted relative increase δ > 0.
        generation: number k of the last model; None for the limit.
    """
    from scipy.optimize import brentq

    if generation is None:
        return float((tolerance / (1 + tolerance)) ** 0.5)
    if generation <= 1 + tolerance:
        return 1.0
    return float(brentq(lambda share: fresh_risk(share=share, generation=generation).mean - 1 - tolerance, 0.0, 1.0))


def fixed_risk(*, share: float, generation: int) -> Exact:
    """A9: the risk where all generations share the same (1−s)T real rows, a part of the first model's T rows.

    Derived: with R the mean of those real rows and D_k = μ_k − R, D_k = s D_{k−1} + s·(noise of variance 1/(sT));
    Var R = 1/((1−s)T), Var D_1 = s/((1−s)T), Cov(D_1, R) = −s/((1−s)T). Defined for 0 ≤ s < 1.
    """
    remembered = share ** (generation - 1)
    real = (1 + share * remembered**2 - 2 * share * remembered) / (1 - share)
    return _normal(real + share * (1 - remembered**2) / (1 - share**2))


def fixed_risk_limit(share: float) -> float:
    """A9: (1 + 2s)/(1 − s²), the limit of :func:`fixed_risk`; share < 1."""
    return (1 + 2 * share) / (1 - share**2)


def fresh_effective_ratio(share: float) -> float:
    """A9: effective real rows n_e of the loop's limit, per fresh real row of a generation: n_e/n_r = 1 + s.

    n_e real rows alone have risk 1/n_e; the loop has 1/((1−s²)T) with n_r = (1−s)T; so n_e/n_r = (1−s²)/(1−s).
    It exceeds 1 because a loop with fresh rows retains information from the real rows of earlier generations.
    Alemohammad et al. 2024, arXiv 2307.01850.
    """
    return 1 / (fresh_risk_limit(share) * (1 - share))


def fixed_effective_ratio(share: float) -> float:
    """A9: n_e/n_r = (1+s)/(1+2s) with the same real rows in every generation.

    It is below 1, so real rows alone have a lower risk. n_e as in :func:`fresh_effective_ratio`, with the limit
    (1+2s)/((1−s²)T). Alemohammad et al. 2024, arXiv 2307.01850.
    """
    return 1 / (fixed_risk_limit(share) * (1 - share))


def _normal(risk: float) -> Exact:
    return Exact(risk, 2 * risk**2)
