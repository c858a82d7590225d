"""Rows of text as sets of shingles, and as MinHash signatures that agree as often as the sets overlap."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from assets.evaluation.words import Words, ranges
from resources.compute import thread_count
from resources.seeds import derive_seed, generator

SHINGLE = 5
"""Tokens of a shingle."""
BANDS, DEPTH = 20, 5
"""Hashes of a signature: bands × hashes a band."""
CHUNK = 1 << 15
"""Shingles that are hashed at a time: 128 KB, so that all hashes of them are taken in a core's own memory."""
ROLL = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True)
class Documents:
    """Some rows of text.

    Attributes:
        fingerprints: (rows,) uint64 of all tokens in order: equal for equal rows, and for others once in 2⁶⁴ pairs.
        shingles: (shingles,) uint32 hashes of the runs of five tokens, one row after the other; of a row of fewer
            tokens, of all of them together.
        lengths: (rows,) shingles of each row, none only of a row without tokens.
    """

    fingerprints: np.ndarray
    shingles: np.ndarray
    lengths: np.ndarray

    @classmethod
    def of(cls, words: Words) -> Self:
        """Hash the rows."""
        ends = np.cumsum(words.lengths)
        fingerprints = _fingerprints(words.hashes, ends, words.lengths)
        whole = words.lengths >= SHINGLE
        lengths = np.where(whole, words.lengths - SHINGLE + 1, words.lengths > 0)
        runs = _mixed(_runs(words.hashes))[ranges((ends - words.lengths)[whole], lengths[whole])]
        short = (lengths > 0) & ~whole
        if short.any():
            shingles = np.empty(lengths.sum(), dtype=np.uint64)
            first = np.cumsum(lengths) - lengths
            shingles[ranges(first[whole], lengths[whole])] = runs
            shingles[first[short]] = fingerprints[short]
            runs = shingles
        return cls(fingerprints, (runs >> np.uint64(32)).astype(np.uint32), lengths)

    def take(self, rows: np.ndarray) -> "Documents":
        """The rows at these places."""
        first = np.cumsum(self.lengths) - self.lengths
        lengths = self.lengths[rows]
        return Documents(self.fingerprints[rows], self.shingles[ranges(first[rows], lengths)], lengths)

    @cached_property
    def bands(self) -> np.ndarray:
        """(bands, rows) uint64: rows agree in a band where its five hashes have the same least shingle.

        Two rows do so with probability J⁵ each, J the Jaccard similarity of their sets (Broder 1997; banded as in
        Indyk & Motwani 1998): at least once in 20 bands with .9997 for J = .8, .47 for .5 and .006 for .2. A row
        without shingles agrees with none.
        """
        held = np.flatnonzero(self.lengths)
        bands = np.zeros((BANDS, len(self.lengths)), dtype=np.uint64)
        bands[:, held] = _bands(self.shingles, self.lengths[held])
        empty = np.flatnonzero(self.lengths == 0)
        bands[:, empty] = empty.astype(np.uint64)
        return bands


def _fingerprints(hashes: np.ndarray, ends: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Sums over each row of its tokens' hashes, each mixed with its place; 0 of a row without tokens."""
    place = np.arange(len(hashes)) - np.repeat(ends - lengths, lengths)
    mixed = _mixed(_mixed(hashes) + place.astype(np.uint64) * ROLL)
    sums = np.zeros(len(lengths), dtype=np.uint64)
    held = lengths > 0
    if held.any():
        sums[held] = np.add.reduceat(mixed, (ends - lengths)[held])
    return sums


def _runs(hashes: np.ndarray) -> np.ndarray:
    """The polynomial of the hashes of five tokens, at each place that has as many before the end."""
    last = len(hashes) - SHINGLE + 1
    if last <= 0:
        return np.zeros(0, dtype=np.uint64)
    rolled = hashes[:last].copy()
    for step in range(1, SHINGLE):
        rolled *= ROLL
        rolled += hashes[step : step + last]
    return rolled


def _mixed(numbers: np.ndarray) -> np.ndarray:
    """Numbers whose upper bits depend on all bits."""
    mixed = (numbers ^ (numbers >> np.uint64(31))) * MIX
    return mixed ^ (mixed >> np.uint64(29))


def _bands(shingles: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(bands, rows) of rows that all have shingles: the least of a·x + b mod 2³² over a row's shingles, a odd.

    Threads share the rows, and write each its own: their number changes no value.
    """
    random = generator(derive_seed("MinHash"))
    factors, shifts = random.integers(0, 1 << 32, size=(2, BANDS * DEPTH), dtype=np.uint32)
    factors |= np.uint32(1)
    bands = np.zeros((BANDS, len(lengths)), dtype=np.uint64)
    ends = np.cumsum(lengths)

    def hash_rows(rows: slice) -> None:
        before = ends[rows.start] - lengths[rows.start]
        part, firsts = shingles[before : ends[rows.stop - 1]], ends[rows] - lengths[rows] - before
        hashed = np.empty_like(part)
        for number, (factor, shift) in enumerate(zip(factors, shifts, strict=True)):
            np.multiply(part, factor, out=hashed)
            hashed += shift
            band = bands[number // DEPTH, rows]
            band *= ROLL
            band += np.minimum.reduceat(hashed, firsts)

    with ThreadPoolExecutor(thread_count()) as pool:
        list(pool.map(hash_rows, _chunks(ends)))
    return bands


def _chunks(ends: np.ndarray) -> Iterator[slice]:
    """Rows one after the other, as many at a time as have about ``CHUNK`` shingles."""
    start, before = 0, 0
    while start < len(ends):
        stop = max(int(np.searchsorted(ends, before + CHUNK, side="right")), start + 1)
        yield slice(start, stop)
        start, before = stop, int(ends[stop - 1])
