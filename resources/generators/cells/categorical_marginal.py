"""The distribution of a column of strings, as ordered cells that divide the unit interval.

A *cell* is a level (null is a level like any other); the masses of the cells sum to one. Levels outside the training
rows share the *escape* probability 1 / (rows + 1), as if one more row had been new, so that a held-out loss is
finite; samples never contain them.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Tensors
from outcross.resources.generators.fitting.frames import pack_strings, unpack_strings


@dataclass(frozen=True)
class CategoricalMarginal:
    """Weighted frequencies of strings, most frequent first, ties by name.

    Attributes:
        levels: level of each cell; None is the null.
        mass: probability of each cell, shape (C,).
        escape: probability of an unseen level, shared evenly by the ``alphabet`` − C other levels.
        alphabet: assumed number of levels of the column; the same for all models of a study, so that losses of models
            with different levels are comparable.
    """

    levels: list[str | None]
    mass: np.ndarray
    escape: float
    alphabet: int

    @classmethod
    def fit(cls, column: pl.Series, weights: np.ndarray, *, alphabet: int) -> Self:
        """Estimate the frequencies of the levels from rows of positive weight."""
        seen: list[str | None] = column.unique(maintain_order=True).to_list()
        if len(seen) >= alphabet:
            raise BadInput(
                f"column '{column.name}' has {len(seen):,} categories, which must be fewer than "
                f"'alphabet' ({alphabet:,}); give it role 'ignore', or raise 'alphabet'"
            )
        mass = np.bincount(_index(column, seen), weights=weights, minlength=len(seen)) / weights.sum()
        order = sorted(range(len(seen)), key=lambda cell: (-mass[cell], seen[cell] is None, seen[cell]))
        return cls([seen[cell] for cell in order], mass[order], 1.0 / (len(column) + 1), alphabet)

    def cells(self, column: pl.Series) -> np.ndarray:
        """Return the cell of each value; −1 for an unseen level."""
        return _index(column, self.levels)

    def log_density(self, column: pl.Series, cells: np.ndarray) -> np.ndarray:
        """Return the log-probability of each value given its cell, or of an unseen value by escape."""
        unseen = np.log(self.escape / (self.alphabet - len(self.levels)))
        return np.where(cells >= 0, np.log1p(-self.escape), np.full(len(cells), unseen))

    def draw(self, cells: np.ndarray, uniforms: np.ndarray) -> pl.Series:
        """Return the level of each cell; ``uniforms`` matter only for numeric columns, whose cells have many values."""
        return pl.Series(self.levels, dtype=pl.String).gather(cells)

    def tensors(self) -> Tensors:
        """Return all arrays; the alphabet is a setting."""
        return {"levels": pack_strings(self.levels), "mass": self.mass, "escape": np.array([self.escape])}

    @classmethod
    def load(cls, tensors: Tensors, *, alphabet: int) -> Self:
        """Rebuild from :meth:`tensors`."""
        return cls(unpack_strings(tensors["levels"]), tensors["mass"], float(tensors["escape"][0]), alphabet)


def _index(column: pl.Series, levels: list[str | None]) -> np.ndarray:
    """Return the position of each value among the levels; −1 for a value outside them."""
    known = [level for level in levels if level is not None]
    codes = column.cast(pl.Enum(known), strict=False).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    if None not in levels:
        return codes
    null = levels.index(None)
    return np.where(column.is_null().to_numpy(), null, codes + (codes >= null))
