"""Shingles and MinHash signatures of rows of text: signatures agree as often as the sets of shingles overlap."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from typing import Self, TypeVar

import numpy as np

from outcross.assets.instruments.splitmix import mix_bits
from outcross.assets.instruments.window_keys import window_keys
from outcross.assets.instruments.words import Words, ranges
from outcross.resources.compute import thread_count
from outcross.resources.seeds import derive_seed, generator

T = TypeVar("T")
SHINGLE = 5
"""Tokens of a shingle."""
BANDS, DEPTH = 20, 5
"""LSH bands of a MinHash signature, and hashes of a band."""
CHUNK = 1 << 15
"""Tokens or shingles hashed at one time: few enough for a core's cache."""
ROLL = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Documents:
    """Rows of text as hashes.

    Attributes:
        fingerprints: (rows,) uint64 hash of all tokens in order; unequal rows have equal ones once in 2⁶⁴ pairs.
        shingles: (shingles,) uint32 hashes of the runs of five tokens, row after row; a shorter row has one hash of all
            its tokens.
        lengths: (rows,) number of shingles of each row; 0 only for a row without tokens.
        keys: (keys,) uint64 hashes of the rows of fewer than 64 tokens without a few neighbours, row after row; see
            :mod:`outcross.assets.instruments.window_keys`.
        key_counts: (rows,) number of keys of each row.
    """

    fingerprints: np.ndarray
    shingles: np.ndarray
    lengths: np.ndarray
    keys: np.ndarray
    key_counts: np.ndarray

    @classmethod
    def of(cls, words: Words) -> Self:
        """Hash the rows; line breaks and indentation do not count."""
        words = words.visible
        tokens, token_ends = words.lengths, np.cumsum(words.lengths)
        lengths = np.where(tokens >= SHINGLE, tokens - SHINGLE + 1, tokens > 0)
        ends = np.cumsum(lengths)
        fingerprints, shingles = np.zeros(len(tokens), dtype=np.uint64), np.empty(lengths.sum(), dtype=np.uint32)

        def hash_rows(rows: slice) -> tuple[np.ndarray, np.ndarray]:
            first, last = token_ends[rows.start] - tokens[rows.start], token_ends[rows.stop - 1]
            hashes = words.type_hashes[words.ids[first:last]]
            fingerprints[rows] = _fingerprints(hashes, tokens[rows])
            first, last = ends[rows.start] - lengths[rows.start], ends[rows.stop - 1]
            shingles[first:last] = _shingles(hashes, tokens[rows], fingerprints[rows]) >> np.uint64(32)
            return window_keys(hashes, tokens[rows])

        none = np.zeros(0, dtype=np.uint64), np.zeros(0, dtype=np.int64)
        keys, counts = zip(none, *_for_chunks(hash_rows, token_ends), strict=True)
        return cls(fingerprints, shingles, lengths, np.concatenate(keys), np.concatenate(counts))

    def take(self, rows: np.ndarray) -> "Documents":
        """Return the rows at these places."""
        first, first_key = (np.cumsum(each) - each for each in (self.lengths, self.key_counts))
        lengths, counts = self.lengths[rows], self.key_counts[rows]
        return Documents(
            self.fingerprints[rows],
            self.shingles[ranges(first[rows], lengths)],
            lengths,
            self.keys[ranges(first_key[rows], counts)],
            counts,
        )

    @cached_property
    def bands(self) -> np.ndarray:
        """LSH bands of the MinHash signatures, (bands, rows) uint64.

        Two rows agree in a band if its five hashes have the same minima over their shingles, which has the probability
        J⁵ for Jaccard similarity J (MinHash, Broder 1997; banded as in Indyk & Motwani 1998). They agree in one or more
        of 20 bands with probability 0.9997 for J = 0.8, 0.47 for J = 0.5 and 0.006 for J = 0.2. A row without shingles
        agrees with no other.
        """
        filled = np.flatnonzero(self.lengths)
        bands = np.zeros((BANDS, len(self.lengths)), dtype=np.uint64)
        bands[:, filled] = _bands(self.shingles, self.lengths[filled])
        empty = np.flatnonzero(self.lengths == 0)
        bands[:, empty] = empty.astype(np.uint64)
        return bands


def _fingerprints(hashes: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return (rows,) sums of a row's token hashes, each mixed with its place in the row; 0 for a row without tokens."""
    first = np.cumsum(lengths) - lengths
    place = (np.arange(len(hashes)) - np.repeat(first, lengths)).astype(np.uint64)
    mixed = mix_bits(mix_bits(hashes) + place * ROLL)
    sums, filled = np.zeros(len(lengths), dtype=np.uint64), lengths > 0
    if filled.any():
        sums[filled] = np.add.reduceat(mixed, first[filled])
    return sums


def _shingles(hashes: np.ndarray, lengths: np.ndarray, fingerprints: np.ndarray) -> np.ndarray:
    """Return the shingles of each row, row after row: 64 bits, of which the upper ones are well mixed.

    Args:
        hashes: (tokens,) hashes of the tokens, row after row.
        lengths: (rows,) tokens of each row.
        fingerprints: (rows,) the shingles of rows with fewer than five tokens.
    """
    first, whole = np.cumsum(lengths) - lengths, lengths >= SHINGLE
    runs = _runs(hashes)[ranges(first[whole], lengths[whole] - SHINGLE + 1)]
    if whole.all():
        result: np.ndarray = runs
        return result
    counts = np.where(whole, lengths - SHINGLE + 1, lengths > 0)
    shingles, short = np.empty(counts.sum(), dtype=np.uint64), (counts > 0) & ~whole
    first = np.cumsum(counts) - counts
    shingles[ranges(first[whole], counts[whole])] = runs
    shingles[first[short]] = fingerprints[short]
    return shingles


def _runs(hashes: np.ndarray) -> np.ndarray:
    """Return the mixed polynomial hash of five tokens, for each place with that many tokens before the end."""
    last = max(len(hashes) - SHINGLE + 1, 0)
    rolled = hashes[:last].copy()
    for step in range(1, SHINGLE):
        rolled *= ROLL
        rolled += hashes[step : step + last]
    return mix_bits(rolled)


def _bands(shingles: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return (bands, rows) for rows with shingles; a hash is the minimum of a·x + b mod 2³² over them, with a odd."""
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
        bands[:, rows] = mix_bits(bands[:, rows])

    _for_chunks(hash_rows, ends)
    return bands


def _for_chunks(work: Callable[[slice], T], ends: np.ndarray) -> list[T]:
    """Do the work on chunks of rows and return its results, in order.

    It is done in threads that write disjoint rows, so that their number changes no value.

    Args:
        work: a function of the chunk.
        ends: (rows,) number of tokens or shingles up to the end of each row.
    """
    with ThreadPoolExecutor(thread_count()) as pool:
        return list(pool.map(work, _chunks(ends)))


def _chunks(ends: np.ndarray) -> Iterator[slice]:
    """Yield slices of rows with about ``CHUNK`` tokens or shingles each."""
    start, before = 0, 0
    while start < len(ends):
        stop = max(int(np.searchsorted(ends, before + CHUNK, side="right")), start + 1)
        yield slice(start, stop)
        start, before = stop, int(ends[stop - 1])
