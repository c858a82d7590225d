"""A Gaussian that learns from its own samples: what becomes of its mean and variance (σ = 1 at the start)."""

import math


def replace_variance(rows: int, generation: int) -> float:
    """E[S_n] under ``replace`` with the maximum-likelihood variance (ddof 0): (1 − 1/M)ⁿ.

    Model of Kazdan et al. 2024, arXiv 2410.16713.
    """
    return (1 - 1 / rows) ** generation


def replace_variance_spread(rows: int, generation: int) -> float:
    """Standard deviation of S_n under ``replace`` (ddof 0).

    S_n = S_{n−1}·χ²_{M−1}/M, so E[S_n²] = (1 − 1/M²)ⁿ. At large n nearly all chains lie near zero and a few hold the
    mean, so a spread estimated from a sample says little: compare with this one.
    """
    return math.sqrt((1 - 1 / rows**2) ** generation - replace_variance(rows, generation) ** 2)


def accumulate_variance(rows: int, generation: int) -> float:
    """E[S_n] under ``accumulate`` (ddof 0): Π_{i≤n} (1 − 1/(M i²)).

    Model of Kazdan et al. 2024, arXiv 2410.16713; the limit is sin(π/√M)/(π/√M).
    """
    return math.prod(1 - 1 / (rows * i**2) for i in range(1, generation + 1))


def accumulate_variance_limit(rows: int) -> float:
    """The limit of :func:`accumulate_variance`: sin(π/√M)/(π/√M), Euler's product."""
    angle = math.pi / math.sqrt(rows)
    return math.sin(angle) / angle


def subsample_variance(rows: int, generation: int) -> float:
    """E[S_n] where M rows are drawn without replacement from all so far (ddof 0), by recursion.

    a is the variance of the pool, b that of the model: a₁ = b₁ = 1 − 1/M; v = a_{k−1}(k−2)/((k−1)M − 1);
    a_k = a_{k−1} − (v + b_{k−1}/M)/k²; b_k = (1 − 1/M)·(kM/(kM − 1))·a_k. Model of Kazdan et al. 2024, arXiv 2410.16713.
    """
    pool = model = 1 - 1 / rows
    for k in range(2, generation + 1):
        drawn = pool * (k - 2) / ((k - 1) * rows - 1)
        pool -= (drawn + model / rows) / k**2
        model = (1 - 1 / rows) * (k * rows / (k * rows - 1)) * pool
    return model


def unbiased_total(rows: int, generation: int) -> float:
    """E[S_n] + E[(μ_n − μ₀)²] under ``replace`` with the unbiased variance (ddof 1): 1 + n/M.

    With ddof 0 the same sum is 1 at every n, for ``replace``, ``accumulate`` and ``subsample`` alike: what the variance
    loses, the mean gains. Derived: the law of total variance, for rows that stay N(μ_n, S_n).
    """
    return 1 + generation / rows


def c4(rows: int) -> float:
    """E[σ̂]/σ of the unbiased standard deviation: √(2/(M−1))·Γ(M/2)/Γ((M−1)/2)."""
    return math.sqrt(2 / (rows - 1)) * math.exp(math.lgamma(rows / 2) - math.lgamma((rows - 1) / 2))


def wasserstein(rows: int, generation: int) -> float:
    """E[W₂²] to the start under ``replace`` with the unbiased variance: k/M + 2(1 − c₄(M)ᵏ).

    Shumailov et al. 2024, Nature 631:755, arXiv 2305.17493.
    """
    return generation / rows + 2 * (1 - c4(rows) ** generation)


def log_variance(rows: int, generation: int) -> tuple[float, float]:
    """Mean and variance of ln σ_k² under ``replace`` with the unbiased variance.

    k[ψ((M−1)/2) + ln(2/(M−1))] and k·ψ₁((M−1)/2): a random walk of the log with a downward drift. Derived: σ_k² is
    σ_{k−1}²·χ²_{M−1}/(M−1), and ln χ² has these moments.
    """
    from scipy.special import digamma, polygamma

    half = (rows - 1) / 2
    drift = float(digamma(half)) + math.log(1 / half)
    return generation * drift, generation * float(polygamma(1, half))


def biased_variance(sampling_bias: float, generation: int) -> float:
    """E[S_k] where each model samples from N(μ, λΣ): λ^(k−1) after k − 1 biased generations (unbiased variance).

    Alemohammad et al. 2024, arXiv 2307.01850.
    """
    return sampling_bias ** (generation - 1)


def biased_variance_spread(sampling_bias: float, rows: int, generation: int) -> float:
    """Standard deviation of that S_k: each generation multiplies by λ·χ²_{M−1}/(M−1), the first by χ²_{M−1}/(M−1)."""
    second = (1 + 2 / (rows - 1)) ** generation
    return biased_variance(sampling_bias, generation) * math.sqrt(second - 1)
