"""Word n-grams with Witten–Bell interpolation over an open vocabulary of fixed size.

The probability of word w after context h (its up to n − 1 predecessors) interpolates all orders (Witten and Bell 1991;
Chen and Goodman 1998, equation 17):

    p(w | h) = (c(h, w) + T(h) · p(w | h′)) / (c(h) + T(h))

with c the weighted counts, T(h) the number of distinct words seen after h, and h′ the context without its oldest word.
Order zero is the uniform distribution over the V words of the open vocabulary, seen or not. Each of the
V − (words seen) unknown words has the same probability, and the total is exactly one. Losses of models with different
vocabularies are comparable, because V is the same for all.
"""

from dataclasses import dataclass

import numpy as np

from outcross.resources.generators.ngram.grams import Grams


@dataclass(frozen=True)
class WittenBell(Grams):
    """An interpolated n-gram model; ``open_vocabulary`` is V, at least ``words``."""

    open_vocabulary: int

    def probability(self, contexts: list[np.ndarray], words: np.ndarray) -> np.ndarray:
        """Interpolate from the uniform distribution up to the longest context."""
        probability = np.full(len(words), 1.0 / self.open_vocabulary)
        for context, level in zip(contexts, self.levels, strict=True):
            node = level.find(context * self.base + words)
            count = np.where(node >= 0, level.counts[node], 0.0)
            total, types = level.totals[context], level.types[context]
            blended = (count + types * probability) / np.maximum(total + types, 1e-300)
            probability = np.where(total > 0, blended, probability)
        return probability

    def draw(self, contexts: list[np.ndarray], random: np.random.Generator) -> np.ndarray:
        """Draw the next words.

        From the longest context down: stop with probability c / (c + T), else shorten the context. An unknown word is
        rejected and drawn again from the full context.
        """
        words = np.zeros(len(contexts[0]), dtype=np.int64)
        pending = np.arange(len(words))
        while len(pending):
            walking = pending
            for context, level in zip(reversed(contexts), reversed(self.levels), strict=True):
                node = context[walking]
                total, types = level.totals[node], level.types[node]
                stays = random.random(len(walking)) * (total + types) < total
                chosen = level.draw(node[stays], random.random(int(stays.sum())))
                words[walking[stays]] = level.keys[chosen] % self.base
                walking = walking[~stays]
            uniform = random.integers(1, self.open_vocabulary + 1, size=len(walking))
            words[walking] = np.where(uniform <= self.words, uniform, 0)
            pending = walking[words[walking] == 0]
        return words

    def draw_few(self, contexts: list[list[int]], random: np.random.Generator) -> list[int]:
        """Draw the next word of each of a few rows; the order of the random numbers is that of :meth:`draw`."""
        words, pending = [0] * len(contexts), list(range(len(contexts)))
        while pending:
            walking = pending
            for length in range(self.order - 1, -1, -1):
                level, uniforms = self.levels[length].lists, [random.random() for _ in walking]
                stays: list[int] = []
                shorter: list[int] = []
                for row, uniform in zip(walking, uniforms, strict=True):
                    total, types = level.totals[contexts[row][length]], level.types[contexts[row][length]]
                    (stays if uniform * (total + types) < total else shorter).append(row)
                for row in stays:
                    words[row] = level.keys[level.draw(contexts[row][length], random.random())] % self.base
                walking = shorter
            for row in walking:
                uniform_word = int(random.integers(1, self.open_vocabulary + 1))
                words[row] = uniform_word if uniform_word <= self.words else 0
            pending = [row for row in walking if not words[row]]
        return words
