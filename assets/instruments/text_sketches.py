"""Weighted bottom-k sketches of texts: rows that share most of their rare words and word pairs have alike sketches.

A feature is a word or a pair of successive words. It weighs ln((N + 1) / (n + 1)) for n of N rows of an anchor that
have it, so what every row has says little. A sketch keeps the features that come first in a random order in which heavy
ones come early (Cohen & Kaplan 2008, PVLDB 1:213), so sketches of two rows keep the same features of those they share.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.hash_directory import HashDirectory
from outcross.assets.instruments.plain_text import plain
from outcross.assets.instruments.sketch_bounds import SketchBounds, horvitz_thompson
from outcross.assets.instruments.sketch_mates import Mates
from outcross.assets.instruments.splitmix import mix_bits
from outcross.assets.instruments.words import Words, sort_distinct

SIZE = 64
"""Features that a sketch keeps; a text of up to 32 words is kept whole."""
KEYS = 12
"""Features, the first of a sketch, by which alike rows are found."""
PAIRS = 2_048
"""Pairs that are compared at one time."""
BLOCK = 32 * PAIRS
"""Pairs whose similarity is bounded, and whose rows are weighed once each, at one time."""
SLICE = 8_192
"""Rows that are weighed at one time."""
SPREAD = 4
"""Keys of one row are looked up in a table of 2**SPREAD places for each key of the other rows."""
LEAST = 0.02
"""Smallest weight of a feature."""
_PAIR = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Features:
    """The distinct features of rows: (features,) uint32 row after row, never 0, and (rows,) their number."""

    values: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, words: Words) -> Self:
        """Hash the words and the pairs of words of each row."""
        hashes, first = words.hashes, words.follows(1)
        every = mix_bits(np.concatenate([hashes, hashes[first] * _PAIR + hashes[first + 1]])) >> np.uint64(32)
        row = np.concatenate([words.row, words.row[first]]).astype(np.uint64)
        keys = sort_distinct(row << np.uint64(32) | np.maximum(every, np.uint64(1)))
        lengths = np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=len(words.lengths))
        return cls(keys.astype(np.uint32), lengths)


@dataclass(frozen=True)
class Weights:
    """The weights of features: of those in two rows of an anchor or more, ascending; all others weigh ``most``."""

    features: np.ndarray
    weights: np.ndarray
    most: float

    @classmethod
    def fit(cls, features: Features) -> Self:
        """Count in how many rows each feature is."""
        distinct, rows = np.unique(features.values, return_counts=True)
        of = len(features.lengths) + 1
        common = rows > 1
        weights = np.maximum(np.log(of / (rows[common] + 1)), LEAST)
        return cls(distinct[common], weights, max(float(np.log(of / 2)), LEAST))

    def of(self, features: np.ndarray) -> np.ndarray:
        """Return the weight of each feature."""
        (found,) = self._directory.look_up(features.ravel(), self.weights)
        return np.where(found > 0, found, self.most).reshape(features.shape)

    @cached_property
    def _directory(self) -> HashDirectory:
        return HashDirectory(self.features)


@dataclass(frozen=True)
class Sketches:
    """Sketches of rows.

    Attributes:
        features: (rows, SIZE) uint32, in their random order; 0 where a row has fewer.
        whole: (rows,) uint64, equal where the rows have the same words in the same order; 0 for a row without words.
    """

    features: np.ndarray
    whole: np.ndarray

    @classmethod
    def read(cls, texts: pl.Series, weights: Weights) -> Self:
        """Sketch texts."""
        return cls.of(Words.read(plain(texts)), weights)

    @classmethod
    def of(cls, words: Words, weights: Weights) -> Self:
        """Sketch rows of words."""
        found = Features.of(words)
        row = np.repeat(np.arange(len(found.lengths)), found.lengths)
        order = np.lexsort((rank(found.values, weights), row))  # of equal ranks, the smaller feature stays first
        place = np.arange(len(row)) - np.repeat(np.cumsum(found.lengths) - found.lengths, found.lengths)
        kept = place < SIZE
        features = np.zeros((len(found.lengths), SIZE), dtype=np.uint32)
        features[row[kept], place[kept]] = found.values[order][kept]
        place_in_row = np.arange(len(words.ids)) - np.repeat(np.cumsum(words.lengths) - words.lengths, words.lengths)
        mixed = mix_bits(mix_bits(words.hashes) + place_in_row.astype(np.uint64) * _PAIR)
        whole = np.zeros(len(words.lengths), dtype=np.uint64)
        filled = words.lengths > 0
        if filled.any():
            first = np.cumsum(words.lengths) - words.lengths
            whole[filled] = np.add.reduceat(mixed, first[filled])
        return cls(features, whole)

    def take(self, rows: np.ndarray | slice) -> "Sketches":
        """Return the sketches at these places."""
        return Sketches(self.features[rows], self.whole[rows])

    @cached_property
    def keys(self) -> tuple[np.ndarray, np.ndarray]:
        """The first features of all rows, ascending, and the row of each, ascending where features are equal."""
        return self._sort_keys(self.features[:, :KEYS] > 0)

    def keys_among(self, asked: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """The same of the keys that are asked for, ascending, and of some others: few of many rows are sorted."""
        first, bits = self.features[:, :KEYS], min(len(asked).bit_length() + SPREAD, 32)
        shift = np.uint32(32 - bits)
        there = np.zeros(1 << bits, dtype=bool)
        there[asked >> shift] = True
        return self._sort_keys(there[first >> shift] & (first > 0))

    def _sort_keys(self, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows, places = np.nonzero(chosen)
        keys = self.features[rows, places]
        order = np.argsort(keys, kind="stable")
        return keys[order], rows[order]

    @cached_property
    def sizes(self) -> np.ndarray:
        """(rows,) number of features of each row's sketch."""
        result: np.ndarray = (self.features > 0).sum(axis=1)
        return result

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.whole)


def rank(features: np.ndarray, weights: Weights) -> np.ndarray:
    """Return the place of features in the random order: exponential numbers with their weights as rates."""
    result: np.ndarray = _order(features) / weights.of(features)
    return result


def _order(features: np.ndarray) -> np.ndarray:
    """Return exponential numbers of rate one, drawn by hash."""
    mixed = mix_bits(features.astype(np.uint64) * _PAIR) >> np.uint64(11)
    result: np.ndarray = -np.log((mixed + 0.5) / 2.0**53)
    return result


def alike(
    x: Sketches, y: Sketches, weights: Weights, least: float, mates: Mates | None = None
) -> Iterator[tuple[np.ndarray, ...]]:
    """Find rows of x and y that are alike; of rows with many mates, some are found.

    Yields (pairs,) row of x, row of y, and :func:`similarity`, at least ``least``; 1 where the words are equal.
    ``mates`` are theirs, where they have been found.
    """
    mates = Mates.find(x, y) if mates is None else mates
    one, other = mates.one, mates.other
    may_be = _are_within_bounds((x, one), (y, other), weights, least)
    one, other = one[may_be], other[may_be]
    for start in range(0, len(one), BLOCK):
        block = slice(start, start + BLOCK)
        x_rows, x_place = np.unique(one[block], return_inverse=True)
        y_rows, y_place = np.unique(other[block], return_inverse=True)
        x_weighed, y_weighed = _Weighed.of(x.features[x_rows], weights), _Weighed.of(y.features[y_rows], weights)
        for begin in range(start, min(start + BLOCK, len(one)), PAIRS):
            part, here = slice(begin, begin + PAIRS), slice(begin - start, begin - start + PAIRS)
            likeness = _compare(x_weighed.take(x_place[here]), y_weighed.take(y_place[here]))
            same = x.whole[one[part]] == y.whole[other[part]]
            found = np.where(same, 1.0, np.minimum(likeness, np.nextafter(1, 0)))
            kept = found >= least
            if kept.any():
                yield one[part][kept], other[part][kept], found[kept]


def _are_within_bounds(
    these: tuple[Sketches, np.ndarray], those: tuple[Sketches, np.ndarray], weights: Weights, least: float
) -> np.ndarray:
    """Return (pairs,) whether the rows of a pair may be so similar, by bounds that take a small part of the time."""
    (x, one), (y, other) = these, those
    x_bounds, x_place = _bound(x, one, weights)
    y_bounds, y_place = _bound(y, other, weights)
    kept = np.zeros(len(one), dtype=bool)
    for start in range(0, len(one), BLOCK):
        part = slice(start, start + BLOCK)
        same = x.whole[one[part]] == y.whole[other[part]]
        kept[part] = same | (x_bounds.likest(x_place[one[part]], y_bounds, y_place[other[part]]) >= least)
    return kept


def _bound(sketches: Sketches, rows: np.ndarray, weights: Weights) -> tuple[SketchBounds, np.ndarray]:
    """Bound the rows that are named, each once; return the place of each row among them too."""
    named = np.zeros(len(sketches), dtype=bool)
    named[rows] = True
    parts = [SketchBounds.of(sketches.features[:0], *np.zeros((2, 0, SIZE)))]
    for part in np.array_split(distinct := np.flatnonzero(named), max(len(distinct) // SLICE, 1)):
        found = _Weighed.of(sketches.features[part], weights)
        parts.append(SketchBounds.of(found.features, found.ranks, found.weights))
    return SketchBounds.concat(parts), np.cumsum(named) - 1


def similarity(x: np.ndarray, y: np.ndarray, weights: Weights) -> np.ndarray:
    """Estimate the weighted Jaccard similarity of pairs of rows: the weight of what both have ÷ of what either has.

    It is exact for rows that are kept whole. Of longer rows, a feature that comes before the last that both sketches
    can hold counts by its weight ÷ its probability of being kept (Horvitz & Thompson 1952).

    Args:
        x: (pairs, SIZE) features of one row of each pair.
        y: of the other.
        weights: of the features.
    """
    return _compare(_Weighed.of(x, weights), _Weighed.of(y, weights))


@dataclass(frozen=True)
class _Weighed:
    """The features of sketches, each with its rank and weight."""

    features: np.ndarray
    ranks: np.ndarray
    weights: np.ndarray

    @classmethod
    def of(cls, features: np.ndarray, weights: Weights) -> Self:
        weighed = weights.of(features)
        return cls(features, _order(features) / weighed, weighed)

    def take(self, rows: np.ndarray) -> "_Weighed":
        return _Weighed(self.features[rows], self.ranks[rows], self.weights[rows])


def _compare(one: _Weighed, other: _Weighed) -> np.ndarray:
    x, y, ranks, weigh = one.features, other.features, (one.ranks, other.ranks), (one.weights, other.weights)
    last = np.where((x[:, -1] > 0) & (y[:, -1] > 0), np.minimum(ranks[0][:, -1], ranks[1][:, -1]), np.inf)
    last = np.where((x[:, -1] > 0) & (y[:, -1] == 0), ranks[0][:, -1], last)
    last = np.where((x[:, -1] == 0) & (y[:, -1] > 0), ranks[1][:, -1], last)
    worth = [
        np.where((features > 0) & (order < last[:, None]), horvitz_thompson(weight, last[:, None]), 0)
        for features, order, weight in zip((x, y), ranks, weigh, strict=True)
    ]
    both = np.zeros(x.shape, dtype=bool)
    for place in range(SIZE):
        both |= x == y[:, place, None]
    shared = np.where(both, worth[0], 0).sum(axis=1)
    total = worth[0].sum(axis=1) + worth[1].sum(axis=1) - shared
    result: np.ndarray = shared / np.maximum(total, 1e-300)
    return result
