"""Perceptual hashes of pictures: copies of a picture differ in few bits, other pictures in many.

A picture is averaged down to at most 8 × 8 cells; of colour, the luminance is. Each pair of neighbouring cells gives
two bits, whether the one is clearly brighter and whether the other is (a difference hash, dHash, with a margin, so that
noise in flat parts changes no bit). Each cell gives six bits, which grey values it exceeds, counted from the darkest to
the brightest cell. So other brightness and contrast change few bits. Turned, mirrored or cut pictures have other
hashes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.image_features import average_down
from outcross.assets.instruments.picture_pixels import luminance_of
from outcross.assets.instruments.words import ranges
from outcross.resources.schema import Column
from outcross.resources.seeds import derive_seed, generator

CELLS = 8
"""Most cells a side."""
GREYS = 6
"""Grey values that a cell is compared with."""
CLEARLY = 0.1
"""Difference of two cells, of the picture's own range, from which one is clearly brighter."""
LEAST_RANGE = 0.1
"""Smallest range of grey values that a picture is scaled by."""
WORDS = 19
"""32-bit words of a hash; pictures with fewer cells leave bits 0."""
MOST_APART = WORDS - 1
"""Largest distance at which every pair is a candidate: one of the words is equal then."""
MATES = 64
"""Most rows of equal words that a row is compared with, for each word."""
SLICE = 4_096
"""Pictures hashed at one time."""
PAIRS = 65_536
"""Pairs compared at one time."""


@dataclass(frozen=True)
class PictureHashes:
    """Hashes of rows: ``words``, (rows, WORDS) uint32."""

    words: np.ndarray

    @classmethod
    def read(cls, pictures: pl.Series, column: Column) -> Self:
        """Hash canonical pictures of a column."""
        parts = [np.zeros((0, WORDS), dtype=np.uint32)]
        parts += [_hash(part, column) for part in pictures.to_frame("x").iter_slices(SLICE)]
        return cls(np.concatenate(parts))

    def take(self, rows: np.ndarray | slice) -> "PictureHashes":
        """Return the hashes at these places."""
        return PictureHashes(self.words[rows])

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.words)

    @cached_property
    def _ordered(self) -> list[tuple[np.ndarray, np.ndarray]]:
        """For each word, its values in ascending order, and the row of each."""
        orders = [np.argsort(word, kind="stable") for word in self.words.T]
        return [(word[order], order) for word, order in zip(self.words.T, orders, strict=True)]

    def mates(self, others: "PictureHashes", place: int) -> tuple[np.ndarray, np.ndarray]:
        """Return (pairs,) rows of this and of others with an equal word at a place."""
        values, owners = others._ordered[place]
        lowest = np.searchsorted(values, self.words[:, place])
        found = np.searchsorted(values, self.words[:, place], side="right") - lowest
        mates = np.minimum(found, MATES)
        return np.repeat(np.arange(len(self)), mates), owners[ranges(lowest, mates)]


def near_pictures(x: PictureHashes, y: PictureHashes, within: int) -> Iterator[tuple[np.ndarray, ...]]:
    """Find rows of x and y whose hashes differ in few bits.

    All pairs are found up to ``MOST_APART`` bits, unless a row has more than ``MATES`` mates with an equal word: then
    some are found.

    Args:
        x: hashes of rows.
        y: of others, or x itself.
        within: most bits that may differ.

    Yields (pairs,) row of x, row of y, and bits that differ.
    """
    found = [np.zeros(0, dtype=np.int64)]
    for place in range(WORDS):
        one, other = x.mates(y, place)
        found.append(one * len(y) + other)
    pairs = np.unique(np.concatenate(found))
    for start in range(0, len(pairs), PAIRS):
        one, other = np.divmod(pairs[start : start + PAIRS], max(len(y), 1))
        apart = np.bitwise_count(x.words[one] ^ y.words[other]).sum(axis=1, dtype=np.int64)
        near = apart <= within
        yield one[near], other[near], apart[near]


def least_apart(x: PictureHashes, y: PictureHashes, within: int) -> np.ndarray:
    """Return (rows of x,) the bits that differ from the nearest row of y, other than the row itself where y is x.

    It is ``within`` + 1 where no row is that near.
    """
    nearest = np.full(len(x), within + 1)
    for one, other, apart in near_pictures(x, y, within):
        others = one != other if x is y else slice(None)
        np.minimum.at(nearest, one[others], apart[others])
    return nearest


def _hash(part: pl.DataFrame, column: Column) -> np.ndarray:
    cells = luminance_of(part["x"], column) / (column.levels or 255)
    for axis in (1, 2):
        cells = average_down(cells, axis, CELLS)
    flat = cells.reshape(len(cells), -1)
    darkest = flat.min(axis=1, keepdims=True)
    shades = (flat - darkest) / np.maximum(flat.max(axis=1, keepdims=True) - darkest, LEAST_RANGE)
    scaled = shades.reshape(cells.shape)
    steps = np.hstack([np.diff(scaled, axis=axis).reshape(len(cells), -1) for axis in (1, 2)])
    bits = [steps > CLEARLY, steps < -CLEARLY, *(shades > (grey + 0.5) / GREYS for grey in range(GREYS))]
    return _pack(np.hstack(bits))


def _pack(bits: np.ndarray) -> np.ndarray:
    """Pack (rows, bits) into (rows, WORDS) uint32, in a fixed random order: each word is of all cells."""
    padded = np.zeros((len(bits), WORDS * 32), dtype=bool)
    padded[:, _order()[: bits.shape[1]]] = bits
    result: np.ndarray = np.packbits(padded, axis=1).view("<u4")
    return result


def _order() -> np.ndarray:
    return generator(derive_seed("bits of picture hashes")).permutation(WORDS * 32)
