"""How the rows of a table are written as tokens: in each column, the number of the cell that holds the value."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.resources.generators.cells.categorical_marginal import CategoricalMarginal
from outcross.resources.generators.cells.numeric_marginal import NumericMarginal
from outcross.resources.generators.contract import Tensors
from outcross.resources.schema import Column, Role

Marginal = CategoricalMarginal | NumericMarginal


@dataclass(frozen=True)
class Codebook:
    """The cells of every column, as the rows of one replicate filled them.

    A cell is a level, a null, a frequent number, or a stretch of numbers between two quantiles; within a stretch
    values are taken to be spread evenly and independently of all else.

    Attributes:
        names: of the columns, in the order in which a model reads and writes them.
        marginals: one a column.
    """

    names: tuple[str, ...]
    marginals: tuple[Marginal, ...]

    @classmethod
    def fit(cls, rows: pl.DataFrame, columns: Sequence[Column], *, bins: int, alphabet: int) -> Self:
        """Divide each column into cells by the rows' ``weight``, all of them positive."""
        weights = rows["weight"].to_numpy()
        marginals: list[Marginal] = [
            NumericMarginal.fit(rows[column.name], weights, bins=bins)
            if column.role is Role.NUMERIC
            else CategoricalMarginal.fit(rows[column.name], weights, alphabet=alphabet)
            for column in columns
        ]
        return cls(tuple(column.name for column in columns), tuple(marginals))

    @property
    def sizes(self) -> list[int]:
        """Cells of each column."""
        return [len(marginal.mass) for marginal in self.marginals]

    def encode(self, rows: pl.DataFrame) -> np.ndarray:
        """Return the cells (rows, columns) int64, −1 where no cell holds a value."""
        return np.column_stack(
            [marginal.cells(rows[name]) for name, marginal in zip(self.names, self.marginals, strict=True)]
        )

    def decode(self, cells: np.ndarray, random: np.random.Generator) -> pl.DataFrame:
        """Draw a value of every cell (rows, columns)."""
        return pl.DataFrame(
            {
                name: marginal.draw(cells[:, place], random.random(len(cells)))
                for place, (name, marginal) in enumerate(zip(self.names, self.marginals, strict=True))
            }
        )

    def log_density(self, rows: pl.DataFrame, cells: np.ndarray) -> np.ndarray:
        """Return the summed log-density (rows,) of the values given their cells, or of escaping them."""
        return np.sum(
            [
                marginal.log_density(rows[name], cells[:, place])
                for place, (name, marginal) in enumerate(zip(self.names, self.marginals, strict=True))
            ],
            axis=0,
        )

    def level(self, name: str, level: str) -> int:
        """Return the cell of a level of a discrete column, −1 where the rows had none such."""
        return int(self.marginals[self.names.index(name)].cells(pl.Series(name, [level], dtype=pl.String))[0])

    def tensors(self) -> Tensors:
        """The marginals' tensors, under the place of their column."""
        return {
            f"{place}/{key}": array
            for place, marginal in enumerate(self.marginals)
            for key, array in marginal.tensors().items()
        }

    @classmethod
    def load(cls, tensors: Tensors, columns: Sequence[Column], *, alphabet: int) -> Self:
        """Read back what :meth:`tensors` gave."""
        marginals: list[Marginal] = []
        for place, column in enumerate(columns):
            prefix = f"{place}/"
            part = {key.removeprefix(prefix): array for key, array in tensors.items() if key.startswith(prefix)}
            marginals.append(
                NumericMarginal.load(part)
                if column.role is Role.NUMERIC
                else CategoricalMarginal.load(part, alphabet=alphabet)
            )
        return cls(tuple(column.name for column in columns), tuple(marginals))
