"""Short texts that differ in one place: a character or a word is another, or up to three neighbouring words are more.

In a short row, a word is in so many of the words and word pairs that the weighted similarity of the rows is low: of six
words it may be a tenth, by a rare one. A sketch that holds a row whole shows how many of its words and pairs the other
row lacks: a word that is another takes three with it. :mod:`.window_keys` finds these rows too, by more numbers.
"""

import numpy as np

from outcross.assets.instruments.sketch_mates import Mates
from outcross.assets.instruments.text_sketches import PAIRS, SIZE, Sketches
from outcross.assets.instruments.window_keys import KEPT, WIDEST

FEWEST = 3
"""Words and pairs that one row lacks at most where one word is another: the word and its two pairs."""


def in_one_place(x: Sketches, y: Sketches, mates: Mates) -> tuple[np.ndarray, np.ndarray]:
    """Return (pairs,) rows of x and of y that differ in one place, or have the same words.

    Both have fewer than 33 words, of which at least 70 % stay. One lacks at most three of the other's words and pairs,
    as where one word is another, and the other at most seven, as where three neighbours are more or a mark cuts a word.
    """
    sizes, others = x.sizes[mates.one], y.sizes[mates.other]
    whole = (sizes < SIZE) & (others < SIZE) & (np.abs(sizes - others) <= _most(np.maximum(sizes, others)))
    one, other = mates.one[whole], mates.other[whole]
    found = [np.zeros(0, dtype=np.int64)]
    for start in range(0, len(one), PAIRS):
        part = slice(start, start + PAIRS)
        here, there = one[part], other[part]
        both = _count_common(x.features[here], y.features[there])
        lost, new = x.sizes[here] - both, y.sizes[there] - both
        near = (lost <= _most(x.sizes[here])) & (new <= _most(y.sizes[there])) & (np.minimum(lost, new) <= FEWEST)
        found.append(start + np.flatnonzero(near))
    kept = np.concatenate(found)
    return one[kept], other[kept]


def words_of(sketches: Sketches, rows: np.ndarray) -> np.ndarray:
    """Return (rows,) how many words rows have that are whole in their sketches, at least; fewer where some repeat."""
    result: np.ndarray = (sketches.sizes[rows] + 1) // 2
    return result


def _most(sizes: np.ndarray) -> np.ndarray:
    """Return the words and pairs of rows of so many that may differ; 0 of a row so short that no word may."""
    words = np.minimum(((1 - KEPT) * ((sizes + 1) // 2) + 1e-9).astype(np.int64), WIDEST)
    return np.where(words > 0, 2 * words + 1, 0)


def _count_common(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return (pairs,) how many features both rows have; those of a row are distinct, and 0 is none."""
    together = np.sort(np.concatenate([x, y], axis=1), axis=1)
    result: np.ndarray = ((together[:, 1:] == together[:, :-1]) & (together[:, 1:] > 0)).sum(axis=1)
    return result
