"""The order of the training rows."""

import numpy as np

from outcross.resources.seeds import derive_seed, generator


class Order:
    """An endless sequence of shuffles of 0..size − 1, one per epoch, each from its own seed.

    Any part of it is computed without the parts before it, so that a training can resume in the middle.
    """

    def __init__(self, size: int, seed: int) -> None:
        self._size, self._seed = size, seed
        self._epoch, self._shuffle = -1, np.empty(0, dtype=np.int64)

    def take(self, start: int, count: int) -> np.ndarray:
        """Return the numbers at positions start..start + count − 1."""
        parts = []
        while count:
            epoch, within = divmod(start, self._size)
            part = self._shuffle_of(epoch)[within : within + count]
            parts.append(part)
            start, count = start + len(part), count - len(part)
        return np.concatenate(parts)

    def _shuffle_of(self, epoch: int) -> np.ndarray:
        if epoch != self._epoch:
            self._epoch = epoch
            self._shuffle = generator(derive_seed(self._seed, epoch)).permutation(self._size)
        return self._shuffle
