"""Word n-grams without smoothing: relative frequencies, the maximum-likelihood estimate.

The probability of word w after context h (its n − 1 predecessors) is c(h, w) / c(h), and zero for an unseen n-gram.
With n = 1, samples are multinomial with the frequencies of the training text.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from outcross.resources.generators.ngram.grams import Grams
from outcross.resources.generators.ngram.walk import walk


@dataclass(frozen=True)
class _Read:
    """Reads given words, and keeps the contexts before them, (n, words)."""

    words: np.ndarray
    contexts: np.ndarray

    def of_many(self, places: np.ndarray, contexts: list[np.ndarray]) -> np.ndarray:
        self.contexts[:, places] = contexts
        result: np.ndarray = self.words[places]
        return result

    def of_few(self, places: list[int], contexts: list[list[int]]) -> list[int]:
        self.contexts[:, places] = np.transpose(contexts)
        return [int(word) for word in self.words[places]]


@dataclass(frozen=True)
class RelativeFrequency(Grams):
    """An unsmoothed n-gram model: unseen n-grams have probability zero."""

    @cached_property
    def _first(self) -> list[np.ndarray]:
        return self.start(1)

    def advance(self, contexts: list[np.ndarray], words: np.ndarray) -> list[np.ndarray]:
        """Return the context nodes after these words.

        Where the full context has no next word, the context is reset to that of a first word: such a context occurs
        only at the ends of training rows, and a sampled row continues until it has its number of words.
        """
        after = super().advance(contexts, words)
        ended = self.levels[-1].totals[after[-1]] == 0
        return [np.where(ended, first, node) for first, node in zip(self._first, after, strict=True)]

    def advance_one(self, context: list[int], word: int) -> list[int]:
        """Return the context nodes of one row after a word, as :meth:`advance` does."""
        after = super().advance_one(context, word)
        return after if self.levels[-1].lists.totals[after[-1]] else [int(node[0]) for node in self._first]

    def contexts(self, words: np.ndarray, lengths: np.ndarray) -> list[np.ndarray]:
        """Return the context nodes before each word; one depends on all before it in its row, since some are reset."""
        if self.order == 1:
            return super().contexts(words, lengths)
        read = _Read(words, np.zeros((self.order, len(words)), dtype=np.int64))
        walk(self, lengths, read)
        return list(read.contexts)

    def probability(self, contexts: list[np.ndarray], words: np.ndarray) -> np.ndarray:
        """Divide the count of each n-gram by that of its context."""
        context, level = contexts[-1], self.levels[-1]
        node = level.find(context * self.base + words)
        result: np.ndarray = np.where(node >= 0, level.counts[node], 0.0) / level.totals[context]
        return result

    def draw(self, contexts: list[np.ndarray], random: np.random.Generator) -> np.ndarray:
        """Draw the next words in proportion to the counts after their contexts."""
        level = self.levels[-1]
        result: np.ndarray = level.keys[level.draw(contexts[-1], random.random(len(contexts[-1])))] % self.base
        return result

    def draw_few(self, contexts: list[list[int]], random: np.random.Generator) -> list[int]:
        """Draw the next word of each of a few rows."""
        level = self.levels[-1].lists
        return [level.keys[level.draw(context[-1], random.random())] % self.base for context in contexts]
