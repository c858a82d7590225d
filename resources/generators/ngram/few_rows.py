"""A few rows, one word at a time: the same numbers as of many rows at once, without the cost of arrays.

A text of a hundred thousand words beside short ones is the only unfinished row for most of its length. Operations on
arrays of one number cost as much as on arrays of thousands.
"""

from bisect import bisect_left, bisect_right
from dataclasses import dataclass

FEW = 16
"""Rows up to which it is faster."""
NODES_A_STEP = 1_000
"""Nodes of a trie that are converted to lists in the time that arrays take for one word of each row."""


@dataclass(frozen=True)
class Lists:
    """A level of the trie as lists; see :class:`outcross.resources.generators.ngram.grams.Level`."""

    keys: list[int]
    starts: list[int]
    before: list[float]
    totals: list[float]
    types: list[int]

    def find(self, key: int) -> int:
        """Return the node of a key; −1 where there is none."""
        place = bisect_left(self.keys, key)
        return place if place < len(self.keys) and self.keys[place] == key else -1

    def draw(self, parent: int, uniform: float) -> int:
        """Draw a child node of a parent in proportion to its count."""
        target = self.before[self.starts[parent]] + uniform * self.totals[parent]
        return min(bisect_right(self.before, target) - 1, self.starts[parent + 1] - 1)


def is_worth_lists(*, rows: int, steps: int, nodes: int) -> bool:
    """Return whether lists are faster for rows with this many words to go, in a trie of this many nodes."""
    return rows <= FEW and steps * NODES_A_STEP > nodes
