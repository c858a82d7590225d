"""A7: Wright–Fisher model of genetic drift: a categorical distribution refitted on M of its own draws.

Seddik et al. 2024, arXiv 2404.05090. The first model is fitted on M draws from the population p. Heterozygosity is
1 − Σp², the probability that two draws differ.
"""

from collections.abc import Sequence

import numpy as np

from outcross.jobs.acceptance.theory.exact import Exact


def heterozygosity(probabilities: Sequence[float], *, rows: int, generation: int) -> Exact:
    """A7, replace: E[1 − Σp̂_k²] = (1 − 1/M)^k h₀, and the variance of one replicate.

    Seddik et al. 2024. The second moment is derived: E over a multinomial draw maps (1, Σp², Σp³, Σp⁴, (Σp²)²)
    linearly to itself, by the factorial moments E[(x)_a(y)_b] = (M)_{a+b} p^a q^b.
    """
    p = np.asarray(probabilities, dtype=float)
    state = np.array([1.0, (p**2).sum(), (p**3).sum(), (p**4).sum(), (p**2).sum() ** 2])
    state = np.linalg.matrix_power(_power_sum_step(rows), generation) @ state
    # 1 − Σp² is small once most replicates are fixed: the closed form avoids the cancellation of the difference.
    mean = (1 - 1 / rows) ** generation * (1 - (p**2).sum())
    return Exact(float(mean), float(max(0.0, state[4] - state[1] ** 2)))


def accumulated_heterozygosity(probabilities: Sequence[float], *, rows: int, generation: int) -> float:
    """A7, accumulate: h₀ Π_{i≤n}(1 − 1/(M i²)), which tends to h₀ sin(π/√M)/(π/√M); Seddik et al. 2024.

    Derived like the variance of a normal distribution: h is the variance of the draws' indicator vector.
    """
    kept = np.prod([1 - 1 / (rows * i**2) for i in range(1, generation + 1)])
    return float(kept * (1 - np.sum(np.square(probabilities))))


def fixation(probabilities: Sequence[float], *, rows: int, generation: int | None = None) -> np.ndarray:
    """A7, replace: the fixation probability, (states,): that a model gives all its mass to state i; p_i in the limit.

    The share of a state is a martingale that ends at 0 or 1, so it ends at 1 with probability p_i (Seddik et al. 2024).
    After k fits: the last entry of the Markov chain of its count, Binomial(M, count/M) given the count before.

    Args:
        probabilities: probabilities of the population's states.
        rows: M.
        generation: number k of the model; None for the limit.
    """
    from scipy.stats import binom

    p = np.asarray(probabilities, dtype=float)
    if generation is None:
        return p
    counts = np.arange(rows + 1)
    law = binom.pmf(counts, rows, p[:, np.newaxis])
    step = binom.pmf(counts, rows, counts[:, np.newaxis] / rows)
    return np.asarray((law @ np.linalg.matrix_power(step, generation - 1))[:, rows])


def _power_sum_step(rows: int) -> np.ndarray:
    """Return the matrix, (5, 5), that maps (1, Σp², Σp³, Σp⁴, (Σp²)²) to its expectation after one draw."""
    one, two, three, four = (np.prod(np.arange(rows, rows - count, -1.0)) for count in (1, 2, 3, 4))
    return np.array(
        [
            [1, 0, 0, 0, 0],
            np.array([one, two, 0, 0, 0]) / rows**2,
            np.array([one, 3 * two, three, 0, 0]) / rows**3,
            np.array([one, 7 * two, 6 * three, four, 0]) / rows**4,
            np.array([one + two, 6 * two + 2 * three, 4 * three, 0, four]) / rows**4,
        ]
    )
