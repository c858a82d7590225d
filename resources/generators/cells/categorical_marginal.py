"""The distribution of a column of strings, as ordered cells that divide the unit interval.

A *cell* is a level (null is one like any other); the masses of the cells sum to one. A level never seen in training
gets the *escape* probability 1 / (rows + 1), as if one more row had been new, so that a held-out loss is finite;
samples never escape.
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
    """Weighted frequencies of strings, most frequent first, equal ones by name.

    Attributes:
        levels: of each cell; None is the null.
        mass: of each cell, shape (C,).
        escape: probability of a level never seen, shared evenly by the ``alphabet`` − C other levels.
        alphabet: how many levels the column is taken to have; the same for all models of a study, so that losses of
            models that saw different levels compare.
    """

    levels: list[str | None]
    mass: np.ndarray
    escape: float
    alphabet: int

    @classmethod
    def fit(cls, column: pl.Series, weights: np.ndarray, *, alphabet: int) -> Self:
        """Count the levels of rows of positive weight."""
        seen: list[str | None] = column.unique(maintain_order=True).to_list()
        if len(seen) >= alphabet:
            raise BadInput(
                f"column '{column.name}' has {len(seen):,} categories, not fewer than the "
                f"alphabet of {alphabet:,}; give it role 'ignore', or raise 'alphabet'"
            )
        mass = np.bincount(_index(column, seen), weights=weights, minlength=len(seen)) / weights.sum()
        order = sorted(range(len(seen)), key=lambda cell: (-mass[cell], seen[cell] is None, seen[cell]))
        return cls([seen[cell] for cell in order], mass[order], 1.0 / (len(column) + 1), alphabet)

    def cells(self, column: pl.Series) -> np.ndarray:
        """Return the cell of each value, −1 for a level never seen."""
        return _index(column, self.levels)

    def log_density(self, column: pl.Series, cells: np.ndarray) -> np.ndarray:
        """Return the log-probability of each value given its cell, or of escaping to it."""
        unseen = np.log(self.escape / (self.alphabet - len(self.levels)))
        return np.where(cells >= 0, np.log1p(-self.escape), np.full(len(cells), unseen))

    def draw(self, cells: np.ndarray, uniforms: np.ndarray) -> pl.Series:
        """Return the level of each cell; ``uniforms`` are for columns whose cells hold many values."""
        return pl.Series(self.levels, dtype=pl.String).gather(cells)

    def tensors(self) -> Tensors:
        """Everything but the alphabet, which is a setting."""
        return {"levels": pack_strings(self.levels), "mass": self.mass, "escape": np.array([self.escape])}

    @classmethod
    def load(cls, tensors: Tensors, *, alphabet: int) -> Self:
        """Read back what :meth:`tensors` gave."""
        return cls(unpack_strings(tensors["levels"]), tensors["mass"], float(tensors["escape"][0]), alphabet)


def _index(column: pl.Series, levels: list[str | None]) -> np.ndarray:
    """Return the position of each value among the levels, −1 where it is none of them."""
    known = [level for level in levels if level is not None]
    codes = column.cast(pl.Enum(known), strict=False).to_physical().cast(pl.Int64).fill_null(-1).to_numpy()
    if None not in levels:
        return codes
    null = levels.index(None)
    return np.where(column.is_null().to_numpy(), null, codes + (codes >= null))
