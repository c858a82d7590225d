"""Near-duplicate pairs of rows of text: by common window keys where rows are short, else by their shingles.

Candidates of the latter come from LSH bands and are confirmed by their exact Jaccard similarity.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np

from outcross.assets.instruments.documents import Documents
from outcross.assets.instruments.words import ranges, sort_distinct

THRESHOLD = 0.8
"""Least Jaccard similarity of two rows' shingles at which they are near-duplicates."""
ENOUGH = 16
"""Most near-duplicates searched for a row, and most rows of a bucket compared with it, so that the time is linear in
the rows even if all are alike."""
PAIRS = 1 << 16
"""Pairs whose shingles are compared at one time."""
KEYS = 1 << 17
"""Window keys of which the pairs are in memory at one time."""


@dataclass(frozen=True)
class DuplicateRows:
    """Equal rows, and near-duplicates among the distinct ones.

    Attributes:
        distinct: (rows,) number of each row's value among the distinct ones, from 0.
        near: (pairs, 2) numbers i < j of distinct rows that are near-duplicates.
    """

    distinct: np.ndarray
    near: np.ndarray

    @classmethod
    def find(cls, documents: Documents) -> Self:
        """Compare all rows."""
        _, first, distinct = np.unique(documents.fingerprints, return_index=True, return_inverse=True)
        return cls(distinct, near_pairs(documents, first))


def near_pairs(documents: Documents, rows: np.ndarray) -> np.ndarray:
    """Return (pairs, 2) places i < j in ``rows``, ascending, that are near-duplicates.

    They have a Jaccard similarity of at least 0.8 or, with fewer than 64 tokens, a common window key. Candidates of the
    former are all pairs that agree in a band (see :attr:`Documents.bands`). For a row with more than 16
    near-duplicates, only some are returned. Equal rows are pairs too.

    Args:
        documents: the rows of text.
        rows: (rows,) places of the rows to compare.
    """
    seen, degree = _pairs_by_key(documents, rows)
    near = [np.stack(np.divmod(seen, max(len(rows), 1)), axis=1)]
    for band in documents.bands[:, rows]:
        first, second = _bucket_mates(band)
        wanted = (degree[first] < ENOUGH) | (degree[second] < ENOUGH)
        codes = np.setdiff1d(first[wanted] * len(rows) + second[wanted], seen, assume_unique=True)
        pairs = np.stack(np.divmod(codes, len(rows)), axis=1)
        found = pairs[similarity(documents, documents, rows[pairs]) >= THRESHOLD]
        degree += np.bincount(found.ravel(), minlength=len(rows))
        seen = np.sort(np.concatenate([seen, codes]))
        near.append(found)
    pairs = np.concatenate(near)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def near_any(documents: Documents, records: Documents) -> np.ndarray:
    """Return (rows,) whether a row is a near-duplicate of a record, as in :func:`near_pairs`."""
    rows = np.arange(len(documents.lengths))
    near = np.bincount(np.repeat(rows, documents.key_counts), _are_in(documents.keys, records.keys), len(rows)) > 0
    filled = np.flatnonzero(records.lengths)
    for band, others in zip(documents.bands, records.bands[:, filled], strict=True):
        asked = rows[~near]
        order = np.argsort(others, kind="stable")
        ordered = others[order]
        lowest = np.searchsorted(ordered, band[asked], side="left")
        mates = np.minimum(np.searchsorted(ordered, band[asked], side="right") - lowest, ENOUGH)
        pairs = np.stack([np.repeat(asked, mates), filled[order[ranges(lowest, mates)]]], axis=1)
        near[pairs[similarity(documents, records, pairs) >= THRESHOLD, 0]] = True
    return near


def _pairs_by_key(documents: Documents, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs with a common window key, ascending, as i × rows + j, and (rows,) the number of each row's."""
    first, counts = np.cumsum(documents.key_counts) - documents.key_counts, documents.key_counts[rows]
    keys, row = documents.keys[ranges(first[rows], counts)], np.repeat(np.arange(len(rows)), counts)
    order = np.argsort(keys)
    ordered = keys[order]
    equal = ordered[1:] == ordered[:-1]
    shared = order[np.append(equal, False) | np.append(False, equal)] if len(keys) else order
    shared = shared[np.lexsort((row[shared], keys[shared]))]
    keys, row = keys[shared], row[shared]
    once = np.append(True, (keys[1:] != keys[:-1]) | (row[1:] != row[:-1]))[: len(keys)]
    keys, row = keys[once], row[once]
    ends = np.searchsorted(keys, keys, side="right")
    codes, degree = np.zeros(0, dtype=np.int64), np.zeros(len(rows), dtype=np.int64)
    for start in range(0, len(keys), KEYS):
        here = np.arange(start, min(start + KEYS, len(keys)))
        mates = np.minimum(ends[here] - here - 1, ENOUGH)
        first, second = row[np.repeat(here, mates)], row[ranges(here + 1, mates)]
        wanted = (degree[first] < ENOUGH) | (degree[second] < ENOUGH)
        new = np.setdiff1d(first[wanted] * len(rows) + second[wanted], codes)
        degree += np.bincount(np.concatenate(np.divmod(new, max(len(rows), 1))), minlength=len(rows))
        codes = np.sort(np.concatenate([codes, new]))
    return codes, degree


def _are_in(keys: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Return (keys,) whether a key is among others; sorted ones are looked up much faster."""
    found = np.zeros(len(keys), dtype=bool)
    if len(others):
        order, ordered = np.argsort(keys), np.sort(others)
        place = np.minimum(np.searchsorted(ordered, keys[order]), len(ordered) - 1)
        found[order] = ordered[place] == keys[order]
    return found


def similarity(x: Documents, y: Documents, pairs: np.ndarray) -> np.ndarray:
    """Return (pairs,) the Jaccard similarity of the shingles of row pairs[:, 0] of x and row pairs[:, 1] of y."""
    parts = [np.zeros(0)]
    for start in range(0, len(pairs), PAIRS):
        part = pairs[start : start + PAIRS]
        of_x, of_y = (_key_shingles(side, part[:, place]) for place, side in enumerate((x, y)))
        in_x, in_y, in_both = (_count_by_place(keys, len(part)) for keys in (of_x, of_y, _in_both(of_x, of_y)))
        parts.append(in_both / np.maximum(in_x + in_y - in_both, 1))
    return np.concatenate(parts)


def _key_shingles(documents: Documents, rows: np.ndarray) -> np.ndarray:
    """Return the distinct shingles of each row, ascending, as uint64: 32 bits of the row's place, 32 of the shingle."""
    asked, place = np.unique(rows, return_inverse=True)
    taken = documents.take(asked)
    keys = sort_distinct(
        np.repeat(np.arange(len(asked), dtype=np.uint64) << np.uint64(32), taken.lengths) | taken.shingles
    )
    sizes = _count_by_place(keys, len(asked))
    shingles = keys[ranges((np.cumsum(sizes) - sizes)[place], sizes[place])] & np.uint64(0xFFFFFFFF)
    result: np.ndarray = np.repeat(np.arange(len(rows), dtype=np.uint64) << np.uint64(32), sizes[place]) | shingles
    return result


def _count_by_place(keys: np.ndarray, places: int) -> np.ndarray:
    """Return (places,) the number of shingles with each place in their upper bits."""
    return np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=places)


def _in_both(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return the values of x that are also in y; both are ascending and distinct."""
    if not len(y):
        return y
    result: np.ndarray = x[y[np.minimum(np.searchsorted(y, x), len(y) - 1)] == x]
    return result


def _bucket_mates(band: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs i < j of rows that agree in a band; in a large bucket, each row pairs with the next few only."""
    # The low bits hold the row, since sorting numbers is much faster than an argsort; the others identify the bucket.
    bits = np.uint64(max(len(band) - 1, 1).bit_length())
    ordered = np.sort((band >> bits << bits) | np.arange(len(band), dtype=np.uint64))
    rows, bucket = (ordered ^ (ordered >> bits << bits)).astype(np.int64), ordered >> bits
    starts = np.flatnonzero(np.append(True, bucket[1:] != bucket[:-1]))[: len(bucket)]
    sizes = np.diff(np.append(starts, len(bucket)))
    shared = sizes > 1
    members = ranges(starts[shared], sizes[shared])
    mates = np.minimum(np.repeat((starts + sizes)[shared], sizes[shared]) - members - 1, ENOUGH)
    return rows[np.repeat(members, mates)], rows[ranges(members + 1, mates)]
