"""A8: which words of a text are still alive after generations of resampling (after Suresh et al. 2025).

A unigram model without smoothing can only say what it has read: a word that was not drawn once is gone. Its counts are
a Wright–Fisher process; since every single word has few among many, each count is a Poisson branching process.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from outcross.jobs.acceptance.theory.exact import Exact


def growth(generation: int) -> float:
    """g_1 = 1, g_{k+1} = 1 − e^{−g_k}: the chance that the offspring of one occurrence live, with g_0 = ∞.

    Derived: an occurrence has Poisson(1) copies in the next sample, so it dies out by sample k with probability
    q_k = e^{q_{k−1} − 1}, q_0 = 0; and g_{k+1} = 1 − q_k.
    """
    found = 1.0
    for _ in range(1, generation):
        found = -math.expm1(-found)
    return found


def alive(counts: Sequence[int] | np.ndarray, *, generation: int) -> Exact:
    """A8, replace: the expected share of types in the rows that model k draws, Σ_i(1 − e^{−c_i g_k})/V.

    c_i = n p_i is the count of type i in the real text, V the number of types. Suresh et al. 2025; derived from
    :func:`growth` with Poisson(c_i) first draws. The text itself has all of them: under ``accumulate`` the share is 1.
    Against the exact multinomial draws the error of each type is at most of order c_i²e^{−c_i}/n.

    The variance takes types as independent, Σ_i q_i(1−q_i)/V². That is an upper bound: their counts share one total and
    are negatively associated. With 10⁴ to 2·10⁴ types one replicate has a standard deviation near .003, so a tolerance
    of ±.006 is two of a single replicate, and four of a mean over four.

    Args:
        counts: of each type in the real text, (V,), all positive.
        generation: whose model draws the rows.
    """
    dead = np.exp(-np.asarray(counts, dtype=float) * growth(generation))
    return Exact(float(1 - dead.mean()), float((dead * (1 - dead)).sum() / len(dead) ** 2))


def type_counts(words: Iterable[str]) -> np.ndarray:
    """Occurrences of each distinct word, in order of first appearance, (V,)."""
    from collections import Counter

    return np.array(list(Counter(words).values()), dtype=np.int64)
