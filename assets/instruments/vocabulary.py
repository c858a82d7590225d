"""Which word types there are, which of them are rare, and which are still generated."""

import numpy as np

from outcross.assets.instruments.standard_error import NONE, jackknife_error
from outcross.assets.instruments.words import Words

RARE = 0.05
"""Share of the tokens that the rare types make up at most."""


def rare_types(words: Words) -> frozenset[str]:
    """The types that stand least often: all up to the largest count at which they make up 5 % of the tokens at most.

    Where those of the smallest count make up more, they are the rare ones.
    """
    counts = np.bincount(words.ids, minlength=len(words.types))
    if not len(words.ids):
        return frozenset()
    tokens = np.cumsum(np.arange(counts.max() + 1) * np.bincount(counts))
    most = max(int(np.searchsorted(tokens, RARE * len(words.ids), side="right")) - 1, int(counts.min()))
    return frozenset(words.types[place] for place in np.flatnonzero(counts <= most))


def survival(words: Words, types: frozenset[str]) -> tuple[float, float]:
    """Share of the types that stand in the text, and its standard error by the jackknife over rows.

    NaN where there are no types.
    """
    if not types:
        return NONE, NONE
    singles = words.grams[0]
    wanted = np.array([word in types for word in words.types], dtype=bool)[: len(singles.counts)]
    alive = np.count_nonzero(wanted & (singles.counts > 0))
    without = (alive - singles.count_lost_without(wanted)) / len(types)
    return float(alive / len(types)), jackknife_error(without)
