"""Rows of a table that equal another row in every column but one.

How often different real rows agree so by chance is counted column by column. Where that is not rare, agreement is no
evidence of a copy, and the column is left alone.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.nearness import MOST_ROWS
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

CLEAN = 1e-4
"""Share of clean rows that may be taken for copies by chance: one of 10,000."""
MOST_UNSEEN = 0.01
"""Upper bound on the share of clean rows that may agree by chance, where no two real rows do."""


@dataclass(frozen=True)
class OneCell:
    """The rate of pairs of different real rows that agree in all columns but one.

    Attributes:
        schema: the columns of a row.
        met: column → pairs of different rows that agree in all other columns.
        pairs: of rows that were compared.
    """

    schema: Schema
    met: dict[str, int]
    pairs: float

    @classmethod
    def fit(cls, real: pl.DataFrame, schema: Schema, *, seed: int) -> Self:
        """Count the pairs among real rows, or among a sample of ``MOST_ROWS`` of them."""
        rows = draw_rows(real.select(schema.names), MOST_ROWS, derive_seed("one cell", seed)).unique()
        pairs = max(rows.height * (rows.height - 1) / 2, 1.0)
        if len(schema.names) < 2:
            return cls(schema, {}, pairs)
        return cls(schema, {name: _pairs(_keys(rows, name)) for name in schema.names}, pairs)

    def columns(self, rows: int) -> list[str]:
        """Return the columns in which alone a copy may differ: clean rows rarely agree so with one of ``rows`` others.

        Of real rows, at most ``CLEAN`` do; where no two do, the bound on that share is at most ``MOST_UNSEEN``.
        """
        unseen = rows / self.pairs <= MOST_UNSEEN
        return [name for name, met in self.met.items() if (met * rows / self.pairs <= CLEAN if met else unseen)]

    def pairs_alike(self, rows: int) -> int:
        """Return the pairs of different real rows that agree in all columns but one of ``columns(rows)``."""
        return sum(self.met[name] for name in self.columns(rows))

    def find(self, rows: pl.DataFrame, others: pl.DataFrame) -> np.ndarray:
        """Return (rows,) whether a row equals one of the others in all columns but one, or in all."""
        found = np.zeros(rows.height, dtype=bool)
        for name in self.columns(others.height):
            found |= np.isin(_keys(rows, name), _keys(others, name))
        return found


def _keys(rows: pl.DataFrame, without: str) -> np.ndarray:
    """Hash (rows,) the values of all columns but one; to Polars −0 is 0."""
    keys: np.ndarray = rows.drop(without).hash_rows(seed=1).to_numpy()
    return keys


def _pairs(keys: np.ndarray) -> int:
    _, counts = np.unique(keys, return_counts=True)
    return int((counts * (counts - 1) // 2).sum())
