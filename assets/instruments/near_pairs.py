"""Pairs of rows of text that are nearly the same, found by banding and held to their true similarity."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from outcross.assets.instruments.documents import Documents
from outcross.assets.instruments.words import ranges, sort_distinct

THRESHOLD = 0.8
"""Jaccard similarity of two rows' shingles from which on they are near-duplicates."""
ENOUGH = 16
"""Near-duplicates of a row after which no more are sought, and rows of a bucket that a row is held against: so that
the time grows with the rows, not with their square, where all of them are alike."""
PAIRS = 1 << 16
"""Pairs whose shingles are compared at a time."""


@dataclass(frozen=True)
class DuplicateRows:
    """Which rows are equal, and which of the distinct ones nearly so.

    Attributes:
        distinct: (rows,) the number of each row among the distinct ones, from 0.
        near: (pairs, 2) numbers i < j of distinct rows that are nearly equal.
    """

    distinct: np.ndarray
    near: np.ndarray

    @classmethod
    def find(cls, documents: Documents) -> Self:
        """Compare all rows."""
        _, first, distinct = np.unique(documents.fingerprints, return_index=True, return_inverse=True)
        return cls(distinct, near_pairs(documents, first))


def near_pairs(documents: Documents, rows: np.ndarray) -> np.ndarray:
    """(pairs, 2) places i < j in ``rows``, ascending, of those whose sets of shingles have a similarity of .8 or more.

    All that agree in a band (see :attr:`Documents.bands`); of a row that has more than 16 near-duplicates some. What
    agrees by chance is left out. Equal rows are pairs, too.

    Args:
        documents: the rows of text.
        rows: (rows,) which of them to compare.
    """
    degree = np.zeros(len(rows), dtype=np.int64)
    seen, near = np.zeros(0, dtype=np.int64), [np.zeros((0, 2), dtype=np.int64)]
    for band in documents.bands[:, rows]:
        first, second = _bucket_mates(band)
        open_still = (degree[first] < ENOUGH) | (degree[second] < ENOUGH)
        codes = np.setdiff1d(first[open_still] * len(rows) + second[open_still], seen, assume_unique=True)
        pairs = np.stack(np.divmod(codes, len(rows)), axis=1)
        found = pairs[similarity(documents, documents, rows[pairs]) >= THRESHOLD]
        degree += np.bincount(found.ravel(), minlength=len(rows))
        seen = np.sort(np.concatenate([seen, codes]))
        near.append(found)
    pairs = np.concatenate(near)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def near_any(documents: Documents, records: Documents) -> np.ndarray:
    """(rows,) whether a row has a Jaccard similarity of .8 or more with some record that it agrees with in a band."""
    rows, near = np.arange(len(documents.lengths)), np.zeros(len(documents.lengths), dtype=bool)
    held = np.flatnonzero(records.lengths)
    for band, others in zip(documents.bands, records.bands[:, held], strict=True):
        asked = rows[~near & (documents.lengths > 0)]
        order = np.argsort(others, kind="stable")
        ordered = others[order]
        lowest = np.searchsorted(ordered, band[asked], side="left")
        mates = np.minimum(np.searchsorted(ordered, band[asked], side="right") - lowest, ENOUGH)
        pairs = np.stack([np.repeat(asked, mates), held[order[ranges(lowest, mates)]]], axis=1)
        near[pairs[similarity(documents, records, pairs) >= THRESHOLD, 0]] = True
    return near


def similarity(x: Documents, y: Documents, pairs: np.ndarray) -> np.ndarray:
    """(pairs,) shingles in common ÷ shingles of either, of row pairs[:, 0] of x and row pairs[:, 1] of y."""
    parts = [np.zeros(0)]
    for start in range(0, len(pairs), PAIRS):
        part = pairs[start : start + PAIRS]
        of_x, of_y = (_key_shingles(side, part[:, place]) for place, side in enumerate((x, y)))
        in_x, in_y, in_both = (_count_by_place(keys, len(part)) for keys in (of_x, of_y, _in_both(of_x, of_y)))
        parts.append(in_both / np.maximum(in_x + in_y - in_both, 1))
    return np.concatenate(parts)


def _key_shingles(documents: Documents, rows: np.ndarray) -> np.ndarray:
    """The distinct shingles of each row, ascending, each behind the row's place in ``rows``: 32 bits of either."""
    asked, place = np.unique(rows, return_inverse=True)
    taken = documents.take(asked)
    keys = sort_distinct(
        np.repeat(np.arange(len(asked), dtype=np.uint64) << np.uint64(32), taken.lengths) | taken.shingles
    )
    sizes = _count_by_place(keys, len(asked))
    shingles = keys[ranges((np.cumsum(sizes) - sizes)[place], sizes[place])] & np.uint64(0xFFFFFFFF)
    return np.repeat(np.arange(len(rows), dtype=np.uint64) << np.uint64(32), sizes[place]) | shingles


def _count_by_place(keys: np.ndarray, places: int) -> np.ndarray:
    """(places,) how many shingles stand behind each place."""
    return np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=places)


def _in_both(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Those of x that are in y, too; both ascending and distinct."""
    if not len(y):
        return y
    return x[y[np.minimum(np.searchsorted(y, x), len(y) - 1)] == x]


def _bucket_mates(band: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs i < j of rows that agree in a band, of many in one bucket each with the next few."""
    # Rows in the low bits: sorting numbers is much faster than sorting places. The bits left tell buckets apart.
    bits = np.uint64(max(len(band) - 1, 1).bit_length())
    ordered = np.sort((band >> bits << bits) | np.arange(len(band), dtype=np.uint64))
    rows, bucket = (ordered ^ (ordered >> bits << bits)).astype(np.int64), ordered >> bits
    starts = np.flatnonzero(np.append(True, bucket[1:] != bucket[:-1]))[: len(bucket)]
    sizes = np.diff(np.append(starts, len(bucket)))
    shared = sizes > 1
    members = ranges(starts[shared], sizes[shared])
    mates = np.minimum(np.repeat((starts + sizes)[shared], sizes[shared]) - members - 1, ENOUGH)
    return rows[np.repeat(members, mates)], rows[ranges(members + 1, mates)]
