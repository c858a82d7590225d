"""Rows of text as sets of shingles, and as MinHash signatures that agree as often as the sets overlap."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from outcross.assets.instruments.words import Words, ranges
from outcross.resources.compute import thread_count
from outcross.resources.seeds import derive_seed, generator

SHINGLE = 5
"""Tokens of a shingle."""
BANDS, DEPTH = 20, 5
"""Hashes of a signature: bands × hashes a band."""
CHUNK = 1 << 15
"""Tokens or shingles that are hashed at a time: few enough for a core's own memory."""
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
        held, token_ends = words.lengths, np.cumsum(words.lengths)
        lengths = np.where(held >= SHINGLE, held - SHINGLE + 1, held > 0)
        ends = np.cumsum(lengths)
        fingerprints, shingles = np.zeros(len(held), dtype=np.uint64), np.empty(lengths.sum(), dtype=np.uint32)

        def hash_rows(rows: slice) -> None:
            first, last = token_ends[rows.start] - held[rows.start], token_ends[rows.stop - 1]
            hashes = words.type_hashes[words.ids[first:last]]
            fingerprints[rows] = _fingerprints(hashes, held[rows])
            first, last = ends[rows.start] - lengths[rows.start], ends[rows.stop - 1]
            shingles[first:last] = _shingles(hashes, held[rows], fingerprints[rows]) >> np.uint64(32)

        _for_chunks(hash_rows, token_ends)
        return cls(fingerprints, shingles, lengths)

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


def _fingerprints(hashes: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(rows,) sums of a row's token hashes, each mixed with its place in the row; 0 of a row without tokens."""
    first = np.cumsum(lengths) - lengths
    place = (np.arange(len(hashes)) - np.repeat(first, lengths)).astype(np.uint64)
    mixed = _mix(_mix(hashes) + place * ROLL)
    sums, held = np.zeros(len(lengths), dtype=np.uint64), lengths > 0
    if held.any():
        sums[held] = np.add.reduceat(mixed, first[held])
    return sums


def _shingles(hashes: np.ndarray, lengths: np.ndarray, fingerprints: np.ndarray) -> np.ndarray:
    """The shingles of each row, one row after the other: 64 bits of which the upper ones are well mixed.

    Args:
        hashes: (tokens,) of the rows, one after the other.
        lengths: (rows,) tokens of each.
        fingerprints: (rows,), which stand for rows of fewer than five tokens.
    """
    first, whole = np.cumsum(lengths) - lengths, lengths >= SHINGLE
    runs = _runs(hashes)[ranges(first[whole], lengths[whole] - SHINGLE + 1)]
    if whole.all():
        return runs
    counts = np.where(whole, lengths - SHINGLE + 1, lengths > 0)
    shingles, short = np.empty(counts.sum(), dtype=np.uint64), (counts > 0) & ~whole
    first = np.cumsum(counts) - counts
    shingles[ranges(first[whole], counts[whole])] = runs
    shingles[first[short]] = fingerprints[short]
    return shingles


def _runs(hashes: np.ndarray) -> np.ndarray:
    """The polynomial of the hashes of five tokens, mixed, at each place that has as many before the end."""
    last = len(hashes) - SHINGLE + 1
    if last <= 0:
        return np.zeros(0, dtype=np.uint64)
    rolled = hashes[:last].copy()
    for step in range(1, SHINGLE):
        rolled *= ROLL
        rolled += hashes[step : step + last]
    return _mix(rolled)


def _mix(numbers: np.ndarray) -> np.ndarray:
    """Numbers whose upper bits depend on all bits."""
    mixed = (numbers ^ (numbers >> np.uint64(31))) * MIX
    return mixed ^ (mixed >> np.uint64(29))


def _bands(shingles: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """(bands, rows) of rows that all have shingles: the least of a·x + b mod 2³² over a row's shingles, a odd."""
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
        bands[:, rows] = _mix(bands[:, rows])

    _for_chunks(hash_rows, ends)
    return bands


def _for_chunks(work: Callable[[slice], None], ends: np.ndarray) -> None:
    """Do the work on the rows, some at a time. Threads share them and write each their own: no value changes.

    Args:
        work: on rows from one place to another.
        ends: (rows,) how many tokens or shingles there are up to the end of each row.
    """
    with ThreadPoolExecutor(thread_count()) as pool:
        list(pool.map(work, _chunks(ends)))


def _chunks(ends: np.ndarray) -> Iterator[slice]:
    """Rows one after the other, as many at a time as have about ``CHUNK`` tokens or shingles."""
    start, before = 0, 0
    while start < len(ends):
        stop = max(int(np.searchsorted(ends, before + CHUNK, side="right")), start + 1)
        yield slice(start, stop)
        start, before = stop, int(ends[stop - 1])
