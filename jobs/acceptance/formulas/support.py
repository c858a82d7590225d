"""What can only be lost: the end of a support, and the words of a vocabulary."""

import numpy as np


def replace_upper(rows: int, generation: int) -> float:
    """E[θ_k]/θ of Uniform(0, θ) by maximum likelihood under ``replace``: (M/(M + 1))ᵏ. Derived: the mean of a maximum."""
    return (rows / (rows + 1)) ** generation


def replace_upper_spread(rows: int, generation: int) -> float:
    """Standard deviation of that θ_k/θ: E[θ_k²] = (M/(M + 2))ᵏ."""
    return float(np.sqrt((rows / (rows + 2)) ** generation - replace_upper(rows, generation) ** 2))


def vocabulary_survival(counts: np.ndarray, generations: int) -> np.ndarray:
    """Expected share of word types alive in the samples of generations 1 … k, of a unigram model under ``replace``.

    Σ_i (1 − exp(−n p_i g_k))/V with g₁ = 1, g_{k+1} = 1 − e^{−g_k} (after Suresh et al. 2025), from the text's own counts.

    The chance q_k(c) that a type which now occurs c times is lost within k generations of Poisson sampling is e^{−c·g_k}:
    one generation loses it with e^{−c}, and q_{k+1}(c) = E[q_k(Poisson(c))] = e^{−c(1 − e^{−g_k})}.
    """
    rates, survival = 1.0, []
    for _ in range(generations):
        survival.append(float((1 - np.exp(-counts * rates)).mean()))
        rates = 1 - np.exp(-rates)
    return np.array(survival)


def verification_margin(label_noise: float, keep_right: float, keep_wrong: float) -> float:
    """(1 − ε)φ − εψ: a linear student learns from verified labels iff it is positive (Feng et al. 2025, arXiv 2406.07515)."""
    return (1 - label_noise) * keep_right - label_noise * keep_wrong
