"""The codebook of a table: each value as the number of its cell in its column."""

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
    """The cells of every column, estimated from the rows of one replicate.

    A cell is a level, a null, a frequent number, or an interval of numbers between two quantiles; within an interval,
    values are assumed uniform and independent of everything else.

    Attributes:
        names: the columns, in the model's order.
        marginals: one per column.
    """

    names: tuple[str, ...]
    marginals: tuple[Marginal, ...]

    @classmethod
    def fit(cls, rows: pl.DataFrame, columns: Sequence[Column], *, bins: int, alphabet: int) -> Self:
        """Divide each column into cells, by rows of positive ``weight``."""
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
        """Number of cells of each column."""
        return [len(marginal.mass) for marginal in self.marginals]

    def encode(self, rows: pl.DataFrame) -> np.ndarray:
        """Return the cells (rows, columns), int64; −1 where no cell contains the value."""
        return np.column_stack(
            [marginal.cells(rows[name]) for name, marginal in zip(self.names, self.marginals, strict=True)]
        )

    def decode(self, cells: np.ndarray, random: np.random.Generator) -> pl.DataFrame:
        """Draw a value from every cell (rows, columns)."""
        return pl.DataFrame(
            {
                name: marginal.draw(cells[:, place], random.random(len(cells)))
                for place, (name, marginal) in enumerate(zip(self.names, self.marginals, strict=True))
            }
        )

    def log_density(self, rows: pl.DataFrame, cells: np.ndarray) -> np.ndarray:
        """Return the log-density (rows,) of the values given their cells (or by escape), summed over columns."""
        result: np.ndarray = np.sum(
            [
                marginal.log_density(rows[name], cells[:, place])
                for place, (name, marginal) in enumerate(zip(self.names, self.marginals, strict=True))
            ],
            axis=0,
        )
        return result

    def level(self, name: str, level: str) -> int:
        """Return the cell of a level of a discrete column; −1 for an unseen level."""
        return int(self.marginals[self.names.index(name)].cells(pl.Series(name, [level], dtype=pl.String))[0])

    def tensors(self) -> Tensors:
        """Return the tensors of the marginals, prefixed by the position of their column."""
        return {
            f"{place}/{key}": array
            for place, marginal in enumerate(self.marginals)
            for key, array in marginal.tensors().items()
        }

    @classmethod
    def load(cls, tensors: Tensors, columns: Sequence[Column], *, alphabet: int) -> Self:
        """Rebuild from :meth:`tensors`."""
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
