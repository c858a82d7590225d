"""Two sketches of a stream, with bounded memory: a distinct count, and a bottom-k sample of rows.

Both keep what has the smallest hashes, like a KMV sketch (k minimum values), so neither depends on the order or the
chunks of the stream. Both are exact while the stream is short.
"""

from dataclasses import dataclass, field

import numpy as np
import polars as pl

from outcross.assets.instruments.splitmix import splitmix64

MOST_KEPT = 2**21
"""Capacity of a distinct count: up to it the count is exact, beyond it the standard error is 0.1 %."""


@dataclass
class DistinctCounter:
    """Estimate the number of different hashes by adaptive sampling (Flajolet 1990, Computing 43:391).

    The sketch keeps the hashes below a limit; when there are more than ``capacity``, the limit is halved. The estimate
    is the number of hashes kept ÷ the share of all hashes below the limit. With ``k`` kept, its standard error is about
    1/√k.
    """

    capacity: int = MOST_KEPT
    limit: int = 2**64
    _kept: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    _new: list[np.ndarray] = field(default_factory=list)
    _pending: int = 0

    def add(self, hashes: np.ndarray) -> None:
        """Add uint64 hashes."""
        chosen = hashes if self.limit == 2**64 else hashes[hashes < np.uint64(self.limit)]
        self._new.append(sorted_unique(chosen))
        self._pending += len(self._new[-1])
        if self._pending > self.capacity // 2:
            self._gather()

    @property
    def count(self) -> int:
        """The estimate, rounded."""
        self._gather()
        return round(len(self._kept) * (2**64 / self.limit))

    @property
    def exact(self) -> bool:
        """Whether the count is exact."""
        self._gather()
        return self.limit == 2**64

    def _gather(self) -> None:
        if self._new:
            self._kept = sorted_unique(np.concatenate([self._kept, *self._new]))
            self._new, self._pending = [], 0
        while len(self._kept) > self.capacity:
            self.limit //= 2
            self._kept = self._kept[: np.searchsorted(self._kept, np.uint64(self.limit))]


def sorted_unique(values: np.ndarray) -> np.ndarray:
    """Return the different values in ascending order; sorting is ten times as fast here as ``np.unique``."""
    ordered = np.sort(values)
    return ordered[np.append(True, ordered[1:] != ordered[:-1])] if len(ordered) else ordered


@dataclass
class BottomKSample:
    """A bottom-k sample of a stream: the ``k`` rows whose numbers have the smallest hashes.

    It is a uniform sample without replacement. Adding rows never changes the order of two rows.
    """

    k: int
    seed: int
    _keys: np.ndarray = field(default_factory=lambda: np.zeros(0, dtype=np.uint64))
    _rows: list[pl.DataFrame] = field(default_factory=list)

    def candidates(self, numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Choose, by their numbers in the stream, the rows that may enter the sample: return indices and keys."""
        keys = splitmix64(numbers.astype(np.uint64), self.seed)
        places = np.arange(len(keys))
        if len(self._keys) >= self.k:
            places = np.flatnonzero(keys < self._keys[-1])
        if len(places) > self.k:
            places = np.sort(places[np.argpartition(keys[places], self.k)[: self.k]])
        return places, keys[places]

    def add(self, rows: pl.DataFrame, keys: np.ndarray) -> None:
        """Add candidate rows."""
        if not len(keys):
            return
        every = np.concatenate([self._keys, keys])
        order = np.argsort(every)[: self.k]
        self._rows = [pl.concat([*self._rows, rows])[order]]
        self._keys = every[order]

    @property
    def rows(self) -> pl.DataFrame | None:
        """The sample, in the order of its keys; None if no row was added."""
        return self._rows[0] if self._rows else None
