"""Rows of text as arrays of word ids, read once and counted many times."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from resources.tokens import tokenize


@dataclass(frozen=True)
class Words:
    """The tokens of some rows.

    Attributes:
        types: the distinct tokens, in order of their first appearance.
        ids: (tokens,) int64, the place in ``types`` of every token of every row, one row after the other.
        lengths: (rows,) int64, tokens in each row.
    """

    types: list[str]
    ids: np.ndarray
    lengths: np.ndarray

    @classmethod
    def read(cls, texts: pl.Series) -> Self:
        """Tokenize a String column; a null is a text without tokens."""
        rows = [tokenize(text) for text in texts.fill_null("")]
        place: dict[str, int] = {}
        ids = [place.setdefault(token, len(place)) for row in rows for token in row]
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        return cls(list(place), np.array(ids, dtype=np.int64), lengths)

    @cached_property
    def row(self) -> np.ndarray:
        """(tokens,) the row that each token stands in."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    def follows(self, steps: int) -> np.ndarray:
        """Positions of the tokens that have ``steps`` more tokens after them in their row."""
        return np.flatnonzero(self.row[: len(self.row) - steps] == self.row[steps:])

    def shuffled(self, random: np.random.Generator) -> np.ndarray:
        """The ids with the rows in random order, so that a part from the front is a sample of rows."""
        first = np.cumsum(self.lengths) - self.lengths
        order = random.permutation(len(self.lengths))
        lengths = self.lengths[order]
        within = np.arange(len(self.ids)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        return self.ids[np.repeat(first[order], lengths) + within]
