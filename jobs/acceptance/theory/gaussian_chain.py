"""A5, A6 and A9's λ: the distribution of the fitted variance under replace, a product of independent χ² factors.

S_k = S_{k−1}·χ²_{M−1}/(M − ddof), so ln S_k is a random walk: E[S_k] can stay at 1 while nearly every replicate
collapses. The population is N(0, 1).
"""

import cmath
import math
from typing import Literal

from outcross.jobs.acceptance.theory.exact import Exact


def c4(rows: int) -> float:
    """c₄: expected sample standard deviation of M normal rows, √(2/(M−1))·Γ(M/2)/Γ((M−1)/2) (Holtzman 1950)."""
    return math.sqrt(2 / (rows - 1)) * math.exp(math.lgamma(rows / 2) - math.lgamma((rows - 1) / 2))


def power_mean(power: float, *, rows: int, generation: int, ddof: Literal[0, 1] = 1) -> float:
    """E[S_k^q] = [(2/(M−ddof))^q·Γ((M−1)/2 + q)/Γ((M−1)/2)]^k; derived, the moments of χ²_{M−1}."""
    half = (rows - 1) / 2
    log_factor = power * math.log(2 / (rows - ddof)) + math.lgamma(half + power) - math.lgamma(half)
    return math.exp(generation * log_factor)


def wasserstein(*, rows: int, generation: int, ddof: Literal[0, 1] = 1) -> Exact:
    """A5: E[W₂²] to the population, k/M + 2(1 − c4(M)^k) for ddof = 1, and the variance of one replicate.

    W₂² = μ² + (√S − 1)². Shumailov et al. 2024, Nature 631:755, arXiv 2305.17493; the variance is derived from
    E[μ_k² S_k^q] = f_q(E[μ_{k−1}² S_{k−1}^q] + E[S_{k−1}^{q+1}]/M), with f_q the factor of :func:`power_mean`.
    """
    mean = {q: power_mean(q, rows=rows, generation=generation, ddof=ddof) for q in (0.5, 1.0, 1.5, 2.0)}
    drift, drift_root, drift_variance, drift_fourth = (
        _mean_moment(2, 0.0, rows, generation, ddof),
        _mean_moment(2, 0.5, rows, generation, ddof),
        _mean_moment(2, 1.0, rows, generation, ddof),
        _mean_moment(4, 0.0, rows, generation, ddof),
    )
    expected = drift + mean[1.0] - 2 * mean[0.5] + 1
    # (√S − 1)⁴ and μ²(√S − 1)², written out.
    fourth = mean[2.0] - 4 * mean[1.5] + 6 * mean[1.0] - 4 * mean[0.5] + 1
    crossed = drift_variance - 2 * drift_root + drift
    return Exact(expected, drift_fourth + 2 * crossed + fourth - expected**2)


def log_variance(*, rows: int, generation: int, ddof: Literal[0, 1] = 1) -> Exact:
    """A6: ln S_k has mean k[ψ((M−1)/2) + ln(2/(M−ddof))] and variance k·ψ₁((M−1)/2).

    Derived: ln S_k is a sum of k independent logarithms of χ²_{M−1}/(M−ddof).
    """
    from scipy.special import polygamma, psi

    half = (rows - 1) / 2
    mean = generation * (psi(half) + math.log(2 / (rows - ddof)))
    return Exact(float(mean), float(generation * polygamma(1, half)))


def variance_probability(threshold: float, *, rows: int, generation: int, ddof: Literal[0, 1] = 1) -> float:
    """P(S_k ≤ threshold), by inverting the characteristic function of ln S_k (Gil-Pelaez 1951).

    Derived: E[e^{itL}] = [(2/(M−ddof))^{it}·Γ((M−1)/2 + it)/Γ((M−1)/2)]^k for L = ln S_k, and
    P(L ≤ x) = 1/2 − (1/π)∫₀^∞ Im(e^{−itx} E[e^{itL}])/t dt.
    """
    from scipy.integrate import quad
    from scipy.special import loggamma

    half, scale = (rows - 1) / 2, math.log(2 / (rows - ddof))
    law = log_variance(rows=rows, generation=generation, ddof=ddof)
    unit = math.sqrt(law.variance)

    def integrand(scaled: float) -> float:
        t = scaled / unit
        log_characteristic = generation * (1j * t * scale + loggamma(half + 1j * t) - loggamma(half))
        return float(cmath.exp(log_characteristic - 1j * t * math.log(threshold)).imag / scaled)

    # With few rows and one generation the characteristic function has a long tail: the range is infinite.
    area, _ = quad(integrand, 0, math.inf, limit=400)
    result: float = 0.5 - area / math.pi
    return result


def median_variance(*, rows: int, generation: int, ddof: Literal[0, 1] = 1) -> float:
    """A6: the median of S_k, near e^{E[ln S_k]} and far below E[S_k] = 1; derived as a root of the exact law."""
    from scipy.optimize import brentq

    law = log_variance(rows=rows, generation=generation, ddof=ddof)
    reach = math.sqrt(law.variance)

    def excess(log_value: float) -> float:
        return variance_probability(math.exp(log_value), rows=rows, generation=generation, ddof=ddof) - 0.5

    # The median of any distribution is within one standard deviation of its mean.
    return math.exp(brentq(excess, law.mean - reach, law.mean + reach, xtol=1e-10))


def biased_variance(*, bias: float, rows: int, generation: int, ddof: Literal[0, 1] = 1) -> Exact:
    """A9: E[S_k] = λ^{k−1} for ddof = 1, where every model's rows are drawn with λ times its variance.

    The first model is fitted on real rows and has no bias yet. The rows that model k draws have expected variance λ^k,
    as Alemohammad et al. 2024, arXiv 2307.01850, count. One replicate: E[S_k²] = λ^{2(k−1)}·((M²−1)/(M−ddof)²)^k,
    derived from S_k = λ S_{k−1}·χ²_{M−1}/(M−ddof).
    """
    shrunk = bias ** (generation - 1)
    mean = shrunk * power_mean(1.0, rows=rows, generation=generation, ddof=ddof)
    return Exact(mean, shrunk**2 * power_mean(2.0, rows=rows, generation=generation, ddof=ddof) - mean**2)


def _mean_moment(order: Literal[2, 4], power: float, rows: int, generation: int, ddof: Literal[0, 1]) -> float:
    """Return E[μ_k^order S_k^power], by recursion over the generations."""
    factor = power_mean(power, rows=rows, generation=1, ddof=ddof)
    moment = 0.0
    for k in range(generation):
        step = power_mean(power + order / 2, rows=rows, generation=k, ddof=ddof) * (order - 1) / rows ** (order // 2)
        if order == 4:
            step += 6 * _mean_moment(2, power + 1, rows, k, ddof) / rows
        moment = factor * (moment + step)
    return moment
