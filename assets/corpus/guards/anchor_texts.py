"""The real texts that batches are compared with: a sample of the anchor's, read once for all batches."""

from dataclasses import dataclass, field
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.documents import Documents
from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.text_sketches import Features
from outcross.assets.instruments.words import Words, sort_distinct
from outcross.resources.seeds import derive_seed, generator

MOST_ROWS = 5_000
"""Largest number of rows of the anchor that a batch is compared with."""
DRAWS = 12
"""Samples of the anchor that show how much diversity varies by chance."""


@dataclass(frozen=True)
class AnchorTexts:
    """A sample of the anchor's texts.

    Attributes:
        texts: the sample.
        seed: of what is drawn.
    """

    texts: pl.Series
    seed: int
    _pairs: dict[int, list[float]] = field(default_factory=dict, init=False, repr=False, compare=False)

    @classmethod
    def draw(cls, anchor: pl.DataFrame, column: str, *, seed: int) -> Self:
        """Draw the sample from the rows of an anchor."""
        return cls(draw_rows(anchor, MOST_ROWS, derive_seed("anchor of the texts", seed))[column], seed)

    @property
    def rows(self) -> int:
        """Number of rows."""
        return len(self.texts)

    @cached_property
    def words(self) -> Words:
        """Their words."""
        return Words.read(self.texts)

    @cached_property
    def features(self) -> Features:
        """Their words and word pairs."""
        return Features.of(self.words)

    @cached_property
    def runs(self) -> tuple[np.ndarray, np.ndarray]:
        """What :func:`count_runs` says of them."""
        return count_runs(self.words)

    def different_pairs(self, rows: int) -> list[float]:
        """Return :func:`share_of_different_pairs` for ``DRAWS`` samples of so many rows."""
        if rows not in self._pairs:
            samples = [self.words.take(order[:rows]) for order in draw_orders(self.rows, seed=self.seed)[1]]
            self._pairs[rows] = [share_of_different_pairs(each) for each in samples]
        return self._pairs[rows]


def draw_orders(rows: int, *, seed: int) -> tuple[np.random.Generator, list[np.ndarray]]:
    """Draw ``DRAWS`` orders of rows; also return the generator, for what is drawn after them."""
    random = generator(derive_seed("diversity", seed))
    return random, [random.permutation(rows) for _ in range(DRAWS)]


def share_of_different_pairs(words: Words) -> float:
    """Return the different pairs of successive words ÷ all of them; 0 without any."""
    first = words.follows(1)
    pairs = words.ids[first] * max(len(words.types), 1) + words.ids[first + 1]
    return len(sort_distinct(pairs)) / len(pairs) if len(pairs) else 0.0


def count_runs(words: Words) -> tuple[np.ndarray, np.ndarray]:
    """Count the rows that have each run of five words: hashes of the runs, ascending, and the rows of each."""
    documents = Documents.of(words)
    row = np.repeat(np.arange(len(documents.lengths), dtype=np.uint64), documents.lengths)
    once = sort_distinct(documents.shingles.astype(np.uint64) << np.uint64(32) | row)
    runs, rows = np.unique(once >> np.uint64(32), return_counts=True)
    return runs, rows
