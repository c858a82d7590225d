"""Weighted counts of word n-grams in a trie, and the contexts of rows of words."""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from outcross.resources.generators.ngram.few_rows import Lists

START = 0
"""Word id that pads the context before the first word of a row; it is never predicted."""


@dataclass(frozen=True)
class Level:
    """All n-grams of one length, as nodes of a trie: node i is the n-gram (parent, word), encoded in ``keys[i]``.

    Attributes:
        keys: int64, ascending: parent node × base + word, so that the children of a parent are contiguous.
        counts: weighted count of each n-gram; 0 for contexts that end before the first word.
        starts: first child of each parent; one longer than the number of parents.
        before: cumulative sum of ``counts`` before each node; one longer than ``keys``.
    """

    keys: np.ndarray
    counts: np.ndarray
    starts: np.ndarray
    before: np.ndarray

    @classmethod
    def build(cls, keys: np.ndarray, counts: np.ndarray, *, parents: int, base: int) -> "Level":
        """Sum the counts of equal keys and index the children of each parent."""
        distinct, inverse = np.unique(keys, return_inverse=True)
        summed = np.bincount(inverse, weights=counts, minlength=len(distinct))
        starts = np.searchsorted(distinct, np.arange(parents + 1) * base)
        return cls(distinct, summed, starts, np.concatenate([[0.0], np.cumsum(summed)]))

    def find(self, keys: np.ndarray) -> np.ndarray:
        """Return the node of each key; −1 where there is none, as for every negative key."""
        position = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.where(self.keys[position] == keys, position, -1)

    @cached_property
    def lists(self) -> Lists:
        """The same for a few rows."""
        arrays = (self.keys, self.starts, self.before, self.totals, self.types)
        return Lists(*(array.tolist() for array in arrays))

    @cached_property
    def totals(self) -> np.ndarray:
        """Total count c(h) of each parent h; an appended 0 is that of the unknown parent −1."""
        return np.append(self.before[self.starts[1:]] - self.before[self.starts[:-1]], 0.0)

    @cached_property
    def types(self) -> np.ndarray:
        """Number of distinct next words T(h) of each parent h; an appended 0 is that of the unknown parent −1."""
        seen = np.concatenate([[0], np.cumsum(self.counts > 0)])
        return np.append(seen[self.starts[1:]] - seen[self.starts[:-1]], 0)

    def draw(self, parents: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
        """Draw a child node of each parent in proportion to its count."""
        target = self.before[self.starts[parents]] + uniforms * self.totals[parents]
        child = np.searchsorted(self.before, target, side="right") - 1
        result: np.ndarray = np.minimum(child, self.starts[parents + 1] - 1)
        return result


@dataclass(frozen=True)
class Grams(ABC):
    """N-gram counts; subclasses define the probability of the next word.

    Attributes:
        grams: int (G, n), the distinct n-grams of word ids; rows begin with n − 1 times ``START``; words are 1..words.
        counts: (G,) their weighted counts.
        words: number of distinct words.
    """

    grams: np.ndarray
    counts: np.ndarray
    words: int

    @property
    def order(self) -> int:
        """Length n of the longest n-grams."""
        result: int = self.grams.shape[1]
        return result

    @cached_property
    def nodes(self) -> int:
        """Number of nodes of the trie."""
        return sum(len(level.keys) for level in self.levels)

    @property
    def base(self) -> int:
        """Upper bound of word ids; ``words + 1`` stands for an unknown word, which has no node."""
        return self.words + 2

    @cached_property
    def levels(self) -> list[Level]:
        """The n-grams of length 1..n; lower orders are suffixes of the longest, so they need no counts of their own."""
        grams, order = self.grams.astype(np.int64), self.order
        built: list[Level] = []
        for length in range(1, order + 1):
            parent = np.zeros(len(grams), dtype=np.int64)
            suffix = grams[:, order - length :]
            for level, words in zip(built, suffix.T, strict=False):
                parent = level.find(parent * self.base + words)
            keys, counts = parent * self.base + suffix[:, -1], self.counts
            if length < order:  # a row's start, which no word precedes, is the first node of its level
                keys, counts = np.append(keys, START), np.append(counts, 0.0)
            built.append(
                Level.build(keys, counts, parents=len(built[-1].keys) if built else 1, base=self.base),
            )
        return built

    def start(self, rows: int) -> list[np.ndarray]:
        """Return the context nodes of ``rows`` rows before their first word: one array for each length 0..n − 1."""
        nodes = [np.zeros(rows, dtype=np.int64)]
        for level in self.levels[:-1]:
            nodes.append(level.find(nodes[-1] * self.base + START))
        return nodes

    def advance(self, contexts: list[np.ndarray], words: np.ndarray) -> list[np.ndarray]:
        """Return the context nodes after these words; −1 for an unseen context."""
        known = zip(contexts[:-1], self.levels, strict=False)
        longer = [level.find(context * self.base + words) for context, level in known]
        return [np.zeros(len(words), dtype=np.int64), *longer]

    def contexts(self, words: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
        """Return the context nodes before each word of rows, (words,) for each length 0..n − 1, all at once.

        Args:
            words: ids of all rows, concatenated.
            lengths: number of words of each row.
        """
        filled = lengths[lengths > 0]
        starts = np.cumsum(filled) - filled
        found = [np.zeros(len(words), dtype=np.int64)]
        for level, start in zip(self.levels[:-1], self.start(1)[1:], strict=True):
            context = found[-1]
            longer = np.where(context >= 0, level.find(context * self.base + words), -1)
            shifted = np.empty_like(longer)
            shifted[1:] = longer[:-1]
            shifted[starts] = start[0]
            found.append(shifted)
        return found

    def advance_one(self, context: list[int], word: int) -> list[int]:
        """Return the context nodes of one row after a word, as :meth:`advance` does."""
        longer = [
            level.lists.find(node * self.base + word) if node >= 0 else -1
            for node, level in zip(context[:-1], self.levels, strict=False)
        ]
        return [0, *longer]

    @abstractmethod
    def probability(self, contexts: list[np.ndarray], words: np.ndarray) -> np.ndarray:
        """Return p(word | context) for each word; ``words + 1`` stands for one unknown word."""

    @abstractmethod
    def draw(self, contexts: list[np.ndarray], random: np.random.Generator) -> np.ndarray:
        """Draw the next word of each context, conditional on a known word."""

    @abstractmethod
    def draw_few(self, contexts: list[list[int]], random: np.random.Generator) -> list[int]:
        """Draw the next word of each of a few rows, of the context nodes of each row, as :meth:`draw` does."""


def count_grams(words: np.ndarray, lengths: np.ndarray, weights: np.ndarray, *, order: int) -> tuple[np.ndarray, ...]:
    """Count the n-grams of rows of words; each row is padded at the start with n − 1 times ``START``.

    Args:
        words: ids (≥ 1) of all rows, concatenated.
        lengths: number of words of each row.
        weights: weight of each row's n-grams.
        order: n.

    Returns the distinct n-grams (G, n), int32, in lexicographic order, and their weighted counts (G,).
    """
    offset = np.arange(len(words)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    columns = [
        np.where(offset >= back, np.roll(words, back), START).astype(np.int32) for back in range(order - 1, -1, -1)
    ]
    grams = np.stack(columns, axis=1)
    ranked = np.lexsort(grams.T[::-1])
    grams, weight = grams[ranked], np.repeat(weights, lengths)[ranked]
    first = np.flatnonzero(np.append(True, (grams[1:] != grams[:-1]).any(axis=1)))
    return np.ascontiguousarray(grams[first]), np.add.reduceat(weight, first)
