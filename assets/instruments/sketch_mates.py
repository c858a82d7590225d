"""Rows that may be alike, by the first features of their sketches: of many rows, few are compared."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Self

import numpy as np

from outcross.assets.instruments.words import ranges

if TYPE_CHECKING:
    from outcross.assets.instruments.text_sketches import Sketches

SHARED = 2
"""Keys that alike rows share at least, where both have that many."""
MATES = 32
"""Most rows of a key that a row is compared with."""


@dataclass(frozen=True)
class Mates:
    """(pairs,) rows of one set of sketches, and rows of another, that share keys."""

    one: np.ndarray
    other: np.ndarray

    @classmethod
    def find(cls, x: "Sketches", y: "Sketches") -> Self:
        """Find the rows of x and y that share ``SHARED`` keys; of rows with many mates, some are found."""
        asked, rows = x.keys
        keys, owners = y.keys_among(asked)
        lowest = np.searchsorted(keys, asked)
        mates = np.minimum(np.searchsorted(keys, asked, side="right") - lowest, MATES)
        code = np.repeat(rows, mates) * len(y) + owners[ranges(lowest, mates)]
        pairs, times = np.unique(code, return_counts=True)
        one, other = np.divmod(pairs, max(len(y), 1))
        enough = times >= np.minimum(np.minimum(x.sizes[one], y.sizes[other]), SHARED)
        return cls(one[enough], other[enough])
