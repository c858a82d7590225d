"""A12: curation by repeated Bradley–Terry choice, with infinitely many rows (Ferbach et al. 2024, arXiv 2407.09499).

K candidates are drawn from the model and one of them is kept, with probability in proportion to e^reward. The next
model is the distribution of the candidates that were kept.
"""

from collections.abc import Sequence

import numpy as np


def choice_law(probabilities: Sequence[float], rewards: Sequence[float], *, choices: int) -> np.ndarray:
    """A12: the distribution of the candidate that is kept, (states,).

    Derived: the first of K independent exponential clocks with rates e^r wins with probability in proportion to e^r. So
    p'_i = K p_i ∫₀^∞ e^{r_i} e^{−t e^{r_i}} φ(t)^{K−1} dt with φ(t) = Σ_j p_j e^{−t e^{r_j}}; for K = 2 this is
    p_i Σ_j p_j 2e^{r_i}/(e^{r_i} + e^{r_j}). Ferbach et al. 2024, arXiv 2407.09499.

    Args:
        probabilities: probabilities of the states, summing to 1.
        rewards: rewards of the states.
        choices: number K of candidates in each choice; 1 leaves the distribution unchanged.
    """
    from scipy.integrate import quad_vec

    p, rates = np.asarray(probabilities, dtype=float), np.exp(np.asarray(rewards, dtype=float) - np.max(rewards))

    def wins(time: float) -> np.ndarray:
        alive = p * np.exp(-time * rates)
        return np.asarray(choices * rates * alive * alive.sum() ** (choices - 1))

    won, _ = quad_vec(wins, 0, np.inf, epsabs=1e-13, epsrel=1e-12)
    return np.asarray(won / won.sum())


def curated_law(
    probabilities: Sequence[float],
    rewards: Sequence[float],
    *,
    choices: int,
    generation: int,
    share: float = 1.0,
) -> np.ndarray:
    """A12: the model of a generation, (states,), with infinitely many rows; generation 1 is the population itself.

    p_{k+1} = s·choice_law(p_k) + (1−s)·p_1 with synthetic share s; s = 1 is the pure loop. Ferbach et al. 2024.
    """
    start = np.asarray(probabilities, dtype=float)
    law = start
    for _ in range(1, generation):
        law = share * choice_law(law.tolist(), rewards, choices=choices) + (1 - share) * start
    return law


def curated_limit(probabilities: Sequence[float], rewards: Sequence[float]) -> np.ndarray:
    """A12: the limit of the pure loop: the start distribution restricted to the highest reward; Ferbach et al. 2024.

    The odds between two states of equal reward never change. The odds of the highest reward against any other rise at
    every choice.
    """
    kept = np.where(np.asarray(rewards) == np.max(rewards), probabilities, 0.0)
    return np.asarray(kept / kept.sum())


def expected_reward(probabilities: Sequence[float], rewards: Sequence[float]) -> float:
    """A12: E[e^r], which rises with every generation of the pure loop (Ferbach et al. 2024)."""
    return float(np.asarray(probabilities) @ np.exp(rewards))
