"""Vocabulary: rare word types, and the share of types that are still generated."""

import numpy as np

from outcross.assets.instruments.standard_error import NONE, jackknife_error
from outcross.assets.instruments.words import Words

RARE = 0.05
"""Largest share of the tokens that the rare types may make up."""


def rare_types(words: Words) -> frozenset[str]:
    """Return the rare types: those up to the largest count at which they make up at most 5 % of the tokens.

    If the types of the smallest count already make up more, they are the rare ones.
    """
    counts = np.bincount(words.ids, minlength=len(words.types))
    if not len(words.ids):
        return frozenset()
    tokens = np.cumsum(np.arange(counts.max() + 1) * np.bincount(counts))
    most = max(int(np.searchsorted(tokens, RARE * len(words.ids), side="right")) - 1, int(counts.min()))
    return frozenset(words.types[place] for place in np.flatnonzero(counts <= most))


def survival(words: Words, types: frozenset[str]) -> tuple[float, float]:
    """Return the share of the types that occur in the text, with the jackknife's standard error over rows.

    NaN if there are no types.
    """
    if not types:
        return NONE, NONE
    singles = words.grams[0]
    wanted = np.array([word in types for word in words.types], dtype=bool)[: len(singles.counts)]
    alive = np.count_nonzero(wanted & (singles.counts > 0))
    without = (alive - singles.count_lost_without(wanted)) / len(types)
    return float(alive / len(types)), jackknife_error(without)
