"""Categories that are counted, sampled and counted again: genetic drift, and selection."""

import math
from collections.abc import Sequence

import numpy as np


def replace_diversity(rows: int, generation: int) -> float:
    """E[1 − Σp̂²] ÷ (1 − Σp²) under ``replace``: (1 − 1/M)ᵏ (Seddik et al. 2024, arXiv 2404.05090; Wright and Fisher)."""
    return (1 - 1 / rows) ** generation


def accumulate_diversity(rows: int, generation: int) -> float:
    """The same under ``accumulate``: Π_{i≤n} (1 − 1/(M i²)) → sin(π/√M)/(π/√M) (arXiv 2404.05090)."""
    return math.prod(1 - 1 / (rows * i**2) for i in range(1, generation + 1))


def curated(probabilities: Sequence[float], rewards: Sequence[float], choices: int) -> np.ndarray:
    """The distribution after one of ``choices`` samples is kept with probability ∝ exp(reward), infinitely often.

    P(keep i) = E over the other samples of K·p_i·e^{r_i}/Σe^{r} (Ferbach et al. 2024, arXiv 2407.09499), summed over all
    ways to fill the K places.
    """
    p, strength = np.asarray(probabilities, float), np.exp(np.asarray(rewards, float))
    kept = np.zeros(len(p))
    for places in np.ndindex(*[len(p)] * choices):
        chosen = list(places)
        np.add.at(kept, chosen, np.prod(p[chosen]) * strength[chosen] / strength[chosen].sum())
    return kept


def curation_limit(probabilities: Sequence[float], rewards: Sequence[float]) -> np.ndarray:
    """Where the pure loop ends: the start, restricted to the highest reward (Ferbach et al. 2024, arXiv 2407.09499)."""
    p, best = np.asarray(probabilities, float), np.asarray(rewards) == max(rewards)
    return np.where(best, p, 0.0) / p[best].sum()


def mean_strength(probabilities: Sequence[float], rewards: Sequence[float]) -> float:
    """E[exp(reward)], which never falls under that curation."""
    return float(np.dot(probabilities, np.exp(rewards)))
