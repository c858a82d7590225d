"""Rows of several sources, in one order, each as it came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from outcross.resources.carried.as_came import AsCame


@dataclass(frozen=True, kw_only=True)
class Carried:
    """Rows as they came, in the order of the canonical rows that they go with.

    Attributes:
        parts: the sources, the real rows first.
        part: (rows,) which of them each row is of.
        place: (rows,) its place there, from 0.
    """

    parts: Sequence[AsCame]
    part: np.ndarray
    place: np.ndarray

    @classmethod
    def of_one(cls, came: AsCame, place: np.ndarray) -> Self:
        """Return the rows of one source at these places."""
        return cls(parts=(came,), part=np.zeros(len(place), dtype=np.int64), place=place)

    @property
    def rows(self) -> int:
        """Their number."""
        return len(self.part)

    def take(self, rows: np.ndarray) -> Self:
        """Return the rows at these positions."""
        return type(self)(parts=self.parts, part=self.part[rows], place=self.place[rows])

    def pieces(self) -> list[tuple[AsCame, list[int], list[int]]]:
        """Return each source that has rows here, whole, with their places in it and their positions here."""
        found = []
        for number, part in enumerate(self.parts):
            positions = np.flatnonzero(self.part == number)
            if len(positions):
                found.append((part, self.place[positions].tolist(), positions.tolist()))
        return found
