"""The classes of one replicate: how often each occurs, and what a network is conditioned on."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from resources.errors import BadInput
from resources.generators.categorical_marginal import CategoricalMarginal
from resources.generators.contract import Tensors
from resources.schema import Column

MOST_CLASSES = 1_000
"""Classes any label is taken to have: losses of models that saw different ones then compare."""


@dataclass(frozen=True)
class ClassLabels:
    """The weighted frequencies of a label; without a label column, all rows are of one class with probability 1.

    Attributes:
        name: the label column, or None.
        marginal: its distribution, or None.
    """

    name: str | None
    marginal: CategoricalMarginal | None

    @classmethod
    def fit(cls, rows: pl.DataFrame, column: Column | None) -> Self:
        """Count the classes of rows with a ``weight``, all positive; null is a class like any other."""
        if column is None:
            return cls(None, None)
        label = rows[column.name]
        if label.n_unique() >= MOST_CLASSES:
            raise BadInput(
                f"generator 'cvae': column '{column.name}' has {label.n_unique():,} classes, not fewer than "
                f"{MOST_CLASSES:,}; merge classes, or give it role 'ignore'"
            )
        marginal = CategoricalMarginal.fit(label, rows["weight"].to_numpy(), alphabet=MOST_CLASSES)
        return cls(column.name, marginal)

    @property
    def count(self) -> int:
        """Number of classes."""
        return 1 if self.marginal is None else len(self.marginal.levels)

    def classes(self, rows: pl.DataFrame) -> np.ndarray:
        """Return the class of each row, −1 for one never seen in training."""
        if self.marginal is None or self.name is None:
            return np.zeros(rows.height, dtype=np.int64)
        return self.marginal.cells(rows[self.name])

    def conditions(self, classes: np.ndarray, *, width: int) -> np.ndarray:
        """Return the condition of each row, float32 (rows, width): one-hot, or the frequencies where never seen."""
        table = np.eye(width + 1, width, dtype=np.float32)
        if self.marginal is not None:
            table[-1, : self.count] = self.marginal.mass
        return table[classes]

    def nats(self, classes: np.ndarray) -> np.ndarray:
        """Return −log p(class), shape (rows,); one never seen shares the escape probability with its like."""
        if self.marginal is None:
            return np.zeros(len(classes))
        seen = -np.log(self.marginal.mass[classes]) - np.log1p(-self.marginal.escape)
        unseen = np.log(MOST_CLASSES - self.count) - np.log(self.marginal.escape)
        return np.where(classes >= 0, seen, unseen)

    def draw(self, rows: int, random: np.random.Generator) -> np.ndarray:
        """Draw classes independently by their frequencies."""
        if self.marginal is None:
            return np.zeros(rows, dtype=np.int64)
        shares = np.cumsum(self.marginal.mass)
        return np.minimum(np.searchsorted(shares, random.random(rows), side="right"), self.count - 1)

    def column(self, classes: np.ndarray) -> dict[str, pl.Series]:
        """Return the label column of these classes by its name; empty where there is none."""
        if self.name is None or self.marginal is None:
            return {}
        return {self.name: pl.Series(self.name, self.marginal.levels, dtype=pl.String).gather(classes)}

    def tensors(self) -> Tensors:
        """The marginal's tensors, if any."""
        return {} if self.marginal is None else self.marginal.tensors()

    @classmethod
    def load(cls, tensors: Tensors, column: Column | None) -> Self:
        """Read back what :meth:`tensors` gave."""
        if column is None:
            return cls(None, None)
        return cls(column.name, CategoricalMarginal.load(tensors, alphabet=MOST_CLASSES))
