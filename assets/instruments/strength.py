"""The strength of agreement: how much texts that agree in all but one word have in common, by how rare their words are.

A word weighs ln((N + 1) ÷ (n + 1)) for n of N real texts that have it, so what most texts have says little. Whichever
word differs, texts that agree in the others have at least the strength in common: the weight of their different words
without the heaviest one. Real texts that agree so by chance show the strength that chance reaches.
"""

from typing import Self

import numpy as np

from outcross.assets.instruments.hash_directory import HashDirectory
from outcross.assets.instruments.words import Words, sort_distinct

ROUNDING = 1e-9
"""Error of a strength, at most, and relative one: weights are added in the order in which words were met."""


class WordRarity:
    """The weights of words: ln((N + 1) ÷ (n + 1)) for n of N rows that have it.

    Args:
        words: hashes, ascending and distinct.
        rows: (words,) rows that have each.
        of: number of rows.
    """

    def __init__(self, words: np.ndarray, rows: np.ndarray, of: int) -> None:
        self._directory, self._weights, self._most = HashDirectory(words), np.log((of + 1) / (rows + 1)), np.log(of + 1)

    @classmethod
    def fit(cls, words: Words) -> Self:
        """Count the rows that have each word."""
        types = max(len(words.types), 1)
        once = sort_distinct(words.row * types + words.ids)
        rows = np.bincount(once % types, minlength=len(words.types))
        order = np.argsort(words.type_hashes)
        return cls(words.type_hashes[order], rows[order], len(words.lengths))

    def strengths(self, words: Words) -> np.ndarray:
        """Return the (rows,) strength of each text, nats."""
        if not len(words.ids):
            return np.zeros(len(words.lengths))
        (found,) = self._directory.look_up(words.type_hashes, self._weights)
        (known,) = self._directory.look_up(words.type_hashes, np.ones(len(self._weights)))
        weights, types, rows = np.where(known > 0, found, self._most), len(words.types), len(words.lengths)
        once = sort_distinct(words.row * types + words.ids)
        row, weight = once // types, weights[once % types]
        heaviest = np.zeros(rows)
        np.maximum.at(heaviest, row, weight)
        return np.bincount(row, weights=weight, minlength=rows) - heaviest


def least_strength(by_chance: np.ndarray, allowed: float) -> float:
    """Choose the strength from which agreement is evidence: as few as allowed of the pairs by chance reach it.

    Args:
        by_chance: (pairs,) strengths of the pairs of real rows that agree by chance.
        allowed: number of these that may reach it.
    """
    ordered = np.sort(by_chance)[::-1]
    kept = int(allowed)
    return float(ordered[kept]) * (1 + ROUNDING) + ROUNDING if kept < len(ordered) else 0.0
