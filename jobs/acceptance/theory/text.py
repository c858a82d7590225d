"""A8: survival of a text's word types under repeated resampling (after Suresh et al. 2025).

A unigram model without smoothing generates only words of its training rows: a word that is not drawn once is lost. The
counts are a Wright–Fisher process. Every single word is a small part of the text, so its count is approximately a
Poisson branching process.
"""

import math
from collections.abc import Iterable, Sequence

import numpy as np

from outcross.jobs.acceptance.theory.exact import Exact


def growth(generation: int) -> float:
    """g_1 = 1, g_{k+1} = 1 − e^{−g_k}: the probability that the offspring of one occurrence survive; g_0 = ∞.

    Derived: an occurrence has Poisson(1) copies in the next sample, so it dies out by sample k with probability
    q_k = e^{q_{k−1} − 1}, q_0 = 0; and g_{k+1} = 1 − q_k.
    """
    probability = 1.0
    for _ in range(1, generation):
        probability = -math.expm1(-probability)
    return probability


def survival(counts: Sequence[int] | np.ndarray, *, generation: int) -> Exact:
    """A8, replace: the expected share of types in the rows that model k draws, Σ_i(1 − e^{−c_i g_k})/V.

    c_i = n p_i is the count of type i in the real text, V the number of types. Suresh et al. 2025; derived from
    :func:`growth` with Poisson(c_i) first draws. Under ``accumulate`` the share is 1, since the real text contains all
    types. Compared with exact multinomial draws, the error per type is at most of order c_i²e^{−c_i}/n.

    The variance treats types as independent, Σ_i q_i(1−q_i)/V². This is an upper bound: the counts have a fixed total
    and are negatively associated. With 10⁴ to 2·10⁴ types one replicate has a standard deviation near 0.003, so a
    tolerance of ±0.006 is two standard deviations of a single replicate, and four of a mean over four.

    Args:
        counts: count of each type in the real text, (V,), all positive.
        generation: number k of the model that draws the rows.
    """
    dead = np.exp(-np.asarray(counts, dtype=float) * growth(generation))
    return Exact(float(1 - dead.mean()), float((dead * (1 - dead)).sum() / len(dead) ** 2))


def type_counts(words: Iterable[str]) -> np.ndarray:
    """Count the occurrences of each distinct word, in order of first appearance, (V,)."""
    from collections import Counter

    return np.array(list(Counter(words).values()), dtype=np.int64)
