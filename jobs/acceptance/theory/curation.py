"""A12: curation by Bradley–Terry choice, repeated without end on as many rows as one likes (Ferbach et al. 2024).

Of K candidates drawn from the model one is kept, each with probability in proportion to e^reward; the next model is the
law of what was kept. arXiv 2407.09499.
"""

from collections.abc import Sequence

import numpy as np


def chosen(probabilities: Sequence[float], rewards: Sequence[float], *, choices: int) -> np.ndarray:
    """A12: the law of the candidate that is kept, (states,).

    Derived: a choice in proportion to e^r is won by the first of K independent exponential clocks with rates e^r. So
    p'_i = K p_i ∫₀^∞ e^{r_i} e^{−t e^{r_i}} φ(t)^{K−1} dt with φ(t) = Σ_j p_j e^{−t e^{r_j}}; for K = 2 this is
    p_i Σ_j p_j 2e^{r_i}/(e^{r_i} + e^{r_j}). Ferbach et al. 2024, arXiv 2407.09499.

    Args:
        probabilities: of the states, summing to 1.
        rewards: of the states.
        choices: candidates K in each choice; 1 keeps the law as it is.
    """
    from scipy.integrate import quad_vec

    p, rates = np.asarray(probabilities, dtype=float), np.exp(np.asarray(rewards, dtype=float) - np.max(rewards))

    def wins(time: float) -> np.ndarray:
        alive = p * np.exp(-time * rates)
        return np.asarray(choices * rates * alive * alive.sum() ** (choices - 1))

    won, _ = quad_vec(wins, 0, np.inf, epsabs=1e-13, epsrel=1e-12)
    return np.asarray(won / won.sum())


def curated(
    probabilities: Sequence[float],
    rewards: Sequence[float],
    *,
    choices: int,
    generation: int,
    share: float = 1.0,
) -> np.ndarray:
    """A12: the model of a generation, (states,), with infinitely many rows: the first is the population itself.

    p_{k+1} = s·chosen(p_k) + (1−s)·p_1, with synthetic share s; 1 is the pure loop. Ferbach et al. 2024.
    """
    start = np.asarray(probabilities, dtype=float)
    found = start
    for _ in range(1, generation):
        found = share * chosen(found.tolist(), rewards, choices=choices) + (1 - share) * start
    return found


def curated_limit(probabilities: Sequence[float], rewards: Sequence[float]) -> np.ndarray:
    """A12: the pure loop ends at the start distribution restricted to the highest reward; Ferbach et al. 2024.

    The odds between two states of equal reward never change, and those against the highest reward rise at every choice.
    """
    kept = np.where(np.asarray(rewards) == np.max(rewards), probabilities, 0.0)
    return np.asarray(kept / kept.sum())


def expected_reward(probabilities: Sequence[float], rewards: Sequence[float]) -> float:
    """A12: E[e^r], which rises with every generation of the pure loop (Ferbach et al. 2024)."""
    return float(np.asarray(probabilities) @ np.exp(rewards))
