"""Keys of short rows of text: two rows that differ in one place only have one in common.

Shingles cannot find near-duplicates among short rows: one word of ten is in all but one of their runs of five. A key is
the hash of a row without up to three neighbouring tokens. Two rows have an equal key if, and but for collisions of 64
bits only if, one becomes the other by taking out up to three neighbours and putting in up to three: a word or a
character is another, is more or less, or a space is.
"""

import numpy as np

from outcross.assets.instruments.splitmix import mix_bits
from outcross.assets.instruments.words import ranges

SHORTEST_SHINGLED = 64
"""Fewest tokens at which a changed word leaves four fifths of the shingles, so that they find it."""
WIDEST = 3
"""Most neighbouring tokens that may differ: as many as a word has of which a character became a mark."""
KEPT = 0.7
"""Least share of the tokens that both rows have."""
ROLL, MIX = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBF58476D1CE4E5B9)


def window_keys(hashes: np.ndarray, lengths: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys of rows, row after row, uint64, and the number of each row's keys.

    Args:
        hashes: (tokens,) uint64 hashes of the tokens, row after row.
        lengths: (rows,) tokens of each row; those of rows with 64 tokens or more have no keys.
    """
    short = (lengths < SHORTEST_SHINGLED) & (lengths > 0)
    sizes = np.where(short[:, None], _counts(lengths), 0)
    counts, kept = sizes.sum(axis=1), np.where(short, lengths, 0)
    keys = np.empty(counts.sum(), dtype=np.uint64)
    if not len(keys):
        return keys, counts
    first = np.cumsum(kept) - kept
    hashes = mix_bits(hashes[ranges(np.cumsum(lengths) - lengths, kept)])
    place = np.arange(len(hashes)) - np.repeat(first, kept)
    sums = [_before(mix_bits(hashes + (place - width).astype(np.uint64) * ROLL)) for width in range(WIDEST + 1)]
    starts = np.cumsum(counts) - counts
    for width in range(WIDEST + 1):
        size = sizes[:, width]
        here, begin = ranges(first, size), np.repeat(first, size)
        without = (
            sums[0][here] - sums[0][begin] + sums[width][np.repeat(first + kept, size)] - sums[width][here + width]
        )
        left = np.repeat(kept - width, size).astype(np.uint64)
        keys[ranges(starts, size)] = without + left * MIX
        starts = starts + size
    return keys, counts


def _counts(lengths: np.ndarray) -> np.ndarray:
    """Return (rows, widths) the number of keys without 0 to 3 neighbours: one of the whole row, and one a window."""
    windows = [np.where(lengths - width >= KEPT * lengths, lengths - width + 1, 0) for width in range(1, WIDEST + 1)]
    return np.stack([np.ones_like(lengths), *windows], axis=1)


def _before(numbers: np.ndarray) -> np.ndarray:
    """Return the sum of the numbers before each place, and of all."""
    result: np.ndarray = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(numbers, dtype=np.uint64)])
    return result
