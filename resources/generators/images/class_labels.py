"""The classes of one replicate: their frequencies, and the conditions of a class-conditional network."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.cells.categorical_marginal import CategoricalMarginal
from outcross.resources.generators.contract import Tensors
from outcross.resources.generators.fitting.frames import strip_prefix
from outcross.resources.schema import Column

MOST_CLASSES = 1_000
"""Assumed number of classes of any label, so that losses of models with different classes are comparable."""


@dataclass(frozen=True)
class ClassLabels:
    """The weighted frequencies of a label; without a label column, all rows have one class with probability 1.

    Attributes:
        name: the label column, or None.
        marginal: its distribution, or None.
    """

    name: str | None
    marginal: CategoricalMarginal | None

    @classmethod
    def fit(cls, rows: pl.DataFrame, column: Column | None, *, kind: str) -> Self:
        """Estimate the class frequencies of rows with positive ``weight``; null is a class like any other.

        Raises:
            BadInput: there are too many classes; the message names the generator ``kind``.
        """
        if column is None:
            return cls(None, None)
        label = rows[column.name]
        if label.n_unique() >= MOST_CLASSES:
            raise BadInput(
                f"generator '{kind}': column '{column.name}' has {label.n_unique():,} classes; the limit is "
                f"{MOST_CLASSES - 1:,}; merge classes, or give it role 'ignore'"
            )
        marginal = CategoricalMarginal.fit(label, rows["weight"].to_numpy(), alphabet=MOST_CLASSES)
        return cls(column.name, marginal)

    @property
    def count(self) -> int:
        """Number of classes."""
        return 1 if self.marginal is None else len(self.marginal.levels)

    def classes(self, rows: pl.DataFrame) -> np.ndarray:
        """Return the class of each row; −1 for a class outside the training rows."""
        if self.marginal is None or self.name is None:
            return np.zeros(rows.height, dtype=np.int64)
        return self.marginal.cells(rows[self.name])

    def positions_among(self, other: Self) -> list[int]:
        """Return the position of each class among those of another replicate; −1 where it has no such class."""
        if self.marginal is None or other.marginal is None:
            return [0] * self.count
        known = {level: cell for cell, level in enumerate(other.marginal.levels)}
        return [known.get(level, -1) for level in self.marginal.levels]

    def conditions(self, classes: np.ndarray, *, width: int) -> np.ndarray:
        """Return the condition of each row, float32 (rows, width): one-hot; for class −1, the frequencies."""
        table = np.eye(width + 1, width, dtype=np.float32)
        if self.marginal is not None:
            table[-1, : self.count] = self.marginal.mass
        result: np.ndarray = table[classes]
        return result

    def nats(self, classes: np.ndarray) -> np.ndarray:
        """Return −log p(class), shape (rows,); all unseen classes share the escape probability evenly."""
        if self.marginal is None:
            return np.zeros(len(classes))
        seen = -np.log(self.marginal.mass[classes]) - np.log1p(-self.marginal.escape)
        unseen = np.log(MOST_CLASSES - self.count) - np.log(self.marginal.escape)
        result: np.ndarray = np.where(classes >= 0, seen, unseen)
        return result

    def draw(
        self, uniforms: np.ndarray, *, shares: Mapping[str, float] | None = None, by_name: bool = False
    ) -> np.ndarray:
        """Draw classes by inverting their distribution at uniform numbers (rows,).

        Args:
            uniforms: in [0, 1).
            shares: level → share of the rows, in place of the frequencies. Shares of unseen classes are redistributed
                over the others; if no class was seen, the frequencies apply.
            by_name: whether classes are ordered by name rather than by frequency, so that models of nearly the same
                frequencies draw nearly the same classes.
        """
        if self.marginal is None:
            return np.zeros(len(uniforms), dtype=np.int64)
        levels, mass = self.marginal.levels, self.marginal.mass
        wanted = np.array([(shares or {}).get(level, 0.0) if level is not None else 0.0 for level in levels])
        mass = wanted / wanted.sum() if wanted.any() else mass
        order = np.arange(self.count)
        if by_name:
            order = np.array(sorted(order, key=lambda cell: (levels[cell] is None, levels[cell])))
        edges = np.cumsum(mass[order])
        return order[np.minimum(np.searchsorted(edges / edges[-1], uniforms, side="right"), self.count - 1)]

    def column(self, classes: np.ndarray) -> dict[str, pl.Series]:
        """Return name → label column for these classes; empty without a label."""
        if self.name is None or self.marginal is None:
            return {}
        return {self.name: pl.Series(self.name, self.marginal.levels, dtype=pl.String).gather(classes)}

    def tensors(self) -> Tensors:
        """The marginal's tensors, if any."""
        return {} if self.marginal is None else self.marginal.tensors()

    @classmethod
    def load(cls, tensors: Tensors, column: Column | None) -> Self:
        """Rebuild from :meth:`tensors`."""
        if column is None:
            return cls(None, None)
        return cls(column.name, CategoricalMarginal.load(tensors, alphabet=MOST_CLASSES))


def class_tensors(labels: Mapping[int, ClassLabels]) -> Tensors:
    """Return the arrays of the classes of all replicates; :func:`read_classes` rebuilds them."""
    return {f"{number}/label/{name}": array for number, own in labels.items() for name, array in own.tensors().items()}


def read_classes(tensors: Tensors, replicates: Iterable[int], column: Column | None) -> dict[int, ClassLabels]:
    """Rebuild the classes of replicates from all tensors of their models."""
    return {number: ClassLabels.load(strip_prefix(tensors, f"{number}/label/"), column) for number in replicates}
