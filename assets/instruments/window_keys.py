"""Keys of short rows of text: two rows that differ in one place only have one in common.

Shingles cannot find near-duplicates among short rows: one word of ten is in all but one of their runs of five. A key is
the hash of a row without up to three neighbouring tokens. Two rows have an equal key if, and but for collisions of 64
bits only if, one becomes the other by taking out up to three neighbours and putting in up to three: a word or a
character is another, is more or less, or a space is.
"""

import numpy as np

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
    first, counted = np.cumsum(lengths) - lengths, np.where(short, lengths, 0)
    hashes, first = hashes[ranges(first, counted)], np.cumsum(counted) - counted
    place = np.arange(len(hashes)) - np.repeat(first, counted)
    ends = np.repeat(first + counted, counted)
    sums = [_before(_mix(_mix(hashes) + (place - width).astype(np.uint64) * ROLL)) for width in range(WIDEST + 1)]
    row, keys = np.repeat(np.arange(len(lengths)), counted), []
    for width in range(1, WIDEST + 1):
        left = np.repeat(counted, counted) - width
        here = np.flatnonzero((place <= left) & (left >= KEPT * (left + width)))
        start, end = np.repeat(first, counted)[here], ends[here]
        without = sums[0][here] - sums[0][start] + sums[width][end] - sums[width][here + width]
        keys.append((row[here], without + left[here].astype(np.uint64) * MIX))
    whole = np.flatnonzero(short)
    every = sums[0][(first + counted)[whole]] - sums[0][first[whole]]
    keys.append((whole, every + counted[whole].astype(np.uint64) * MIX))
    rows, found = (np.concatenate(parts) for parts in zip(*keys, strict=True))
    order = np.argsort(rows, kind="stable")
    return found[order], np.bincount(rows, minlength=len(lengths))


def _before(numbers: np.ndarray) -> np.ndarray:
    """Return the sum of the numbers before each place, and of all."""
    result: np.ndarray = np.concatenate([np.zeros(1, dtype=np.uint64), np.cumsum(numbers, dtype=np.uint64)])
    return result


def _mix(numbers: np.ndarray) -> np.ndarray:
    mixed = (numbers ^ (numbers >> np.uint64(31))) * MIX
    result: np.ndarray = mixed ^ (mixed >> np.uint64(29))
    return result
