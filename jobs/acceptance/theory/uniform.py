"""A13: Uniform(0, θ) fitted by maximum likelihood: the estimate of θ is the largest of M rows; in units of θ."""

from typing import Literal

from outcross.jobs.acceptance.theory.exact import Exact


def upper_bound(policy: Literal["replace", "accumulate"], *, rows: int, generation: int) -> Exact:
    """A13: E[θ_k] = (M/(M+1))^k under replace, and the variance of one replicate; accumulate stays at generation 1.

    Derived: θ_k = θ_{k−1}·(largest of M uniforms), a factor with E[U^q] = M/(M+q), so E[θ_k²] = (M/(M+2))^k. Under
    accumulate no synthetic row exceeds θ_1, so θ_k = θ_1 exactly.
    """
    fits = generation if policy == "replace" else 1
    mean = (rows / (rows + 1)) ** fits
    return Exact(mean, (rows / (rows + 2)) ** fits - mean**2)


def upper_bound_quantile(probability: float, *, rows: int, generation: int) -> float:
    """A13, replace: a quantile of θ_k. Derived: −M ln θ_k is a sum of k standard exponentials, so Gamma(k)."""
    import math

    from scipy.special import gammaincinv

    return math.exp(-float(gammaincinv(generation, 1 - probability)) / rows)
