"""Rows of text as arrays of word ids, read once and counted many times."""

from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Self

import numpy as np
import polars as pl

from assets.evaluation.grams import Grams, find_grams
from resources.tokens import tokenize

SLICE = 16_384
"""Rows whose pieces are held at a time."""


@dataclass(frozen=True)
class Words:
    """The tokens of some rows.

    Attributes:
        types: distinct tokens, in order of their first appearance; a part of the rows need not hold all of them.
        ids: (tokens,) int64, the place in ``types`` of every token of every row, one row after the other.
        lengths: (rows,) int64, tokens in each row.
    """

    types: list[str]
    ids: np.ndarray
    lengths: np.ndarray

    @classmethod
    def read(cls, texts: pl.Series) -> Self:
        """Tokenize a String column; a null is a text without tokens.

        No token reaches over a space, so each distinct piece between spaces is tokenized once.
        """
        place: dict[str, int] = {}
        none = np.zeros(0, dtype=np.int64)
        ids, lengths = [none], [none]
        for start in range(0, len(texts), SLICE):
            pieces = texts[start : start + SLICE].fill_null("").str.split(" ")
            distinct, code = _coded(pieces.explode())
            tokenized = [tokenize(piece) for piece in distinct]
            known = [place.setdefault(token, len(place)) for tokens in tokenized for token in tokens]
            sizes = np.array([len(tokens) for tokens in tokenized], dtype=np.int64)
            held = sizes[code]
            ids.append(np.array(known, dtype=np.int64)[ranges((np.cumsum(sizes) - sizes)[code], held)])
            ends = np.cumsum(pieces.list.len().to_numpy().astype(np.int64))
            lengths.append(np.diff(np.cumsum(held)[ends - 1], prepend=0))
        return cls(list(place), np.concatenate(ids), np.concatenate(lengths))

    @cached_property
    def row(self) -> np.ndarray:
        """(tokens,) the row that each token stands in."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def grams(self) -> tuple[Grams, ...]:
        """The n-grams of n = 1..4, none across rows."""
        return find_grams(self.ids, self.row, types=len(self.types), rows=len(self.lengths))

    @cached_property
    def hashes(self) -> np.ndarray:
        """(tokens,) uint64 hash of each token: the same in every process and version, unlike Python's own."""
        return np.array([_hash(word) for word in self.types], dtype=np.uint64)[self.ids]

    def follows(self, steps: int) -> np.ndarray:
        """Positions of the tokens that have ``steps`` more tokens after them in their row."""
        return np.flatnonzero(self.row[: max(len(self.row) - steps, 0)] == self.row[steps:])

    def in_order(self, rows: np.ndarray) -> "Words":
        """The rows at these places, in this order."""
        lengths = self.lengths[rows]
        first = np.cumsum(self.lengths) - self.lengths
        return Words(self.types, self.ids[ranges(first[rows], lengths)], lengths)

    def shuffled(self, random: np.random.Generator) -> "Words":
        """The rows in random order, so that a part from the front is a sample of rows."""
        return self.in_order(random.permutation(len(self.lengths)))

    def first(self, tokens: int) -> "Words":
        """The rows that hold the first so many tokens, the last of them cut short."""
        lengths = np.diff(np.minimum(np.cumsum(self.lengths), tokens), prepend=0)
        return Words(self.types, self.ids[:tokens], lengths[lengths > 0])


def ranges(first: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """The whole numbers first, first + 1, … (as many as the length) of every pair, one pair after the other."""
    return np.repeat(first - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())


def _coded(pieces: pl.Series) -> tuple[list[str], np.ndarray]:
    """The distinct pieces in order of first appearance, and the place of every piece among them."""
    frame = pieces.alias("piece").to_frame()
    distinct = frame.unique(maintain_order=True)
    coded = frame.join(distinct.with_row_index("code"), on="piece", how="left", maintain_order="left")
    return distinct["piece"].to_list(), coded["code"].to_numpy().astype(np.int64)


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
