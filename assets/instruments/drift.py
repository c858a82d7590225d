"""The change of an association between two sides, |a − a'|, with what its kinks at 0 leave of its variance."""

from dataclasses import dataclass
from typing import Self

import numpy as np

from outcross.assets.instruments.influence import Estimate
from outcross.assets.instruments.length import length_variance


@dataclass(frozen=True)
class Side:
    """An association of one side, which is itself a length: |r|, η or Cramér's V.

    Attributes:
        value: the association.
        influence: (sampled rows,) on it, as far as it is linear.
        rows: number of all rows.
        rest: variance that is not linear in the rows.
    """

    value: float
    influence: np.ndarray
    rows: int
    rest: float

    @classmethod
    def of(cls, value: float, influence: np.ndarray, rows: int, *, squared: float, freedom: int) -> Self:
        """Return a side from the delta method's influences.

        Args:
            value: the association.
            influence: (sampled rows,).
            rows: number of all rows.
            squared: the association squared, times rows, on the scale of a χ² of independent columns.
            freedom: degrees of freedom of that χ².
        """
        slope, rest = length_variance(squared, freedom)
        return cls(value, float(slope) * influence, rows, float(rest) * float(influence.var()) / rows)

    @property
    def variance(self) -> float:
        """The variance of the association."""
        return float(self.influence.var()) / self.rows + self.rest


def drift(x: Side, y: Side) -> Estimate:
    """Return the absolute difference of two sides' associations."""
    change, variance = x.value - y.value, x.variance + y.variance
    slope, rest = length_variance(change**2 / variance if variance > 0 else np.inf)
    towards = float(slope) * float(np.sign(change))
    left = float(rest) * variance + float(slope) ** 2 * (x.rest + y.rest)
    return Estimate(abs(change), (towards * x.influence, -towards * y.influence), (x.rows, y.rows), left)
