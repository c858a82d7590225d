"""Look up hashes in many known ones: a directory of their prefixes says where to begin, so few are compared."""

import numpy as np


class HashDirectory:
    """Hashes, ascending, with the place at which those of each prefix begin: about as many prefixes as hashes.

    Args:
        known: unsigned hashes, ascending and distinct, whose upper bits are well mixed.
    """

    def __init__(self, known: np.ndarray) -> None:
        self._known, bits = known, max(len(known).bit_length(), 1)
        self._shift = known.dtype.type(8 * known.dtype.itemsize - bits)
        self._begin = np.searchsorted(known >> self._shift, np.arange(1 << bits, dtype=known.dtype))

    def look_up(self, asked: np.ndarray, *values: np.ndarray) -> list[np.ndarray]:
        """Return of each array the value of each hash, 0 where it is not known; arrays of hashes have one axis."""
        if not len(self._known):
            return [np.zeros(len(asked)) for _ in values]
        last = len(self._known) - 1
        place = np.minimum(self._begin[(asked >> self._shift).astype(np.int64)], last)
        below = np.flatnonzero((self._known[place] < asked) & (place < last))
        while len(below):
            place[below] += 1
            below = below[(self._known[place[below]] < asked[below]) & (place[below] < last)]
        there = self._known[place] == asked
        return [np.where(there, each[place], 0) for each in values]
