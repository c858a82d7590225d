"""The distribution of a column of numbers, as ordered cells that divide the unit interval.

A *cell* is the null, a point mass (a value as frequent as a whole bin) or an interval of other values between two
quantiles with uniform mass: together, the empirical quantile function with linear interpolation. A copula models the
cells only; within its cell, a value is independent of everything else.

Values outside all cells (beyond the range, or in a gap next to a point mass) share the *escape* probability
1 / (rows + 1), as if one more row had been new, so that a held-out loss is finite; samples never contain them.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Tensors

ROWS_PER_CELL = 10
"""Fewest rows per interval."""


@dataclass(frozen=True)
class NumericMarginal:
    """Point masses, intervals and nulls of a number.

    Attributes:
        lower: shape (C,), least value of each cell, ascending; int64 for integers, else float64.
        upper: greatest value of each cell; an integer cell includes both ends. The null's ends have no meaning.
        mass: probability of each cell.
        null_first: whether cell 0 is the null.
        escape: probability of a value outside all cells: half for a null, half as a Cauchy distribution (for integers,
            its mass within ½ of the value).
        location: median of the training rows, the location of the Cauchy distribution.
        scale: half their interquartile range; where that is 0, their standard deviation; where that is 0, 1.
    """

    lower: np.ndarray
    upper: np.ndarray
    mass: np.ndarray
    null_first: bool
    escape: float
    location: float
    scale: float

    @classmethod
    def fit(cls, column: pl.Series, weights: np.ndarray, *, bins: int) -> Self:
        """Divide the range of rows of positive weight into about ``bins`` cells of even mass, finer at both tails."""
        numbers, nulls = _numbers(column)
        present = ~nulls
        values = numbers[present]
        if not np.isfinite(values).all():
            raise BadInput(f"column '{column.name}' has NaN or infinite values; replace them by nulls")
        distinct, inverse = np.unique(values, return_inverse=True)
        mass = np.bincount(inverse, weights=weights[present], minlength=len(distinct)) / weights.sum()
        lower, upper, cell_mass = _divide(distinct, mass, rows=len(values), bins=bins)
        null_mass = weights[~present].sum() / weights.sum()
        if null_mass > 0:
            nothing = np.zeros(1, dtype=distinct.dtype)
            lower, upper = np.concatenate([nothing, lower]), np.concatenate([nothing, upper])
            cell_mass = np.append(null_mass, cell_mass)
        location, scale = _centre(distinct, mass)
        return cls(lower, upper, cell_mass, bool(null_mass > 0), 1.0 / (len(column) + 1), location, scale)

    @property
    def integer(self) -> bool:
        """Whether the values are whole numbers."""
        return self.lower.dtype == np.int64

    def cells(self, column: pl.Series) -> np.ndarray:
        """Return the cell of each value; −1 for a value outside all cells."""
        values, nulls = _numbers(column)
        shift = int(self.null_first)
        lower, upper = self.lower[shift:], self.upper[shift:]
        if not len(lower):
            return np.where(nulls & self.null_first, 0, -1)
        cell = np.searchsorted(lower, values, side="right") - 1
        inside = (cell >= 0) & (values <= upper[cell])
        return np.where(nulls, shift - 1, np.where(inside, cell + shift, -1))

    def log_density(self, column: pl.Series, cells: np.ndarray) -> np.ndarray:
        """Return the log-density of each value given its cell, or of an unseen value by escape.

        Per unit of the column for floats in an interval; a log-probability for point masses, nulls and all integers.
        """
        extent = self.upper - self.lower + 1 if self.integer else self.upper - self.lower
        width = np.where(extent > 0, extent, 1).astype(np.float64)
        seen = np.log1p(-self.escape) - np.log(width)[cells]
        values, nulls = _numbers(column)
        unseen = np.where(nulls, 0.0, self._log_cauchy(values.astype(np.float64))) + np.log(self.escape / 2)
        result: np.ndarray = np.where(cells >= 0, seen, unseen)
        return result

    def _log_cauchy(self, values: np.ndarray) -> np.ndarray:
        standard = (values - self.location) / self.scale
        if not self.integer:
            result: np.ndarray = -np.log(np.pi * self.scale) - np.log1p(standard**2)
            return result
        below, above = standard - 0.5 / self.scale, standard + 0.5 / self.scale
        # One arctangent of the difference: far out, the difference of two arctangents would round to zero.
        return np.log(np.arctan2(above - below, 1 + above * below) / np.pi)

    def draw(self, cells: np.ndarray, uniforms: np.ndarray) -> pl.Series:
        """Return a value from each cell, at the relative position ``uniforms`` in [0, 1)."""
        lower, upper = self.lower[cells], self.upper[cells]
        if self.integer:
            values = np.minimum(lower + np.floor(uniforms * (upper - lower + 1)).astype(np.int64), upper)
        else:
            values = np.minimum(lower + uniforms * (upper - lower), upper)
        drawn = pl.Series(values)
        return drawn.set(pl.Series(cells == 0), None) if self.null_first else drawn

    def tensors(self) -> Tensors:
        """Return the ends, the masses, and four numbers."""
        numbers = np.array([self.null_first, self.escape, self.location, self.scale], dtype=np.float64)
        return {"lower": self.lower, "upper": self.upper, "mass": self.mass, "numbers": numbers}

    @classmethod
    def load(cls, tensors: Tensors) -> Self:
        """Rebuild from :meth:`tensors`."""
        null_first, escape, location, scale = tensors["numbers"].tolist()
        return cls(tensors["lower"], tensors["upper"], tensors["mass"], bool(null_first), escape, location, scale)


def _numbers(column: pl.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the values (rows,), 0 for a null, and whether each is null (rows,).

    A column without nulls is not asked about them: an expression costs Polars more than the few rows of a replicate.
    """
    if column.null_count():
        return column.fill_null(0).to_numpy(), column.is_null().to_numpy()
    return column.to_numpy(), np.zeros(len(column), dtype=bool)


def _divide(
    distinct: np.ndarray, mass: np.ndarray, *, rows: int, bins: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return lower ends, upper ends and masses of the cells of ascending distinct values."""
    if not len(distinct):
        return distinct, distinct, mass
    resolution = max(1, min(bins, rows // ROWS_PER_CELL))
    point = mass >= mass.sum() / resolution
    after_point = np.append(True, point[:-1])
    before_point = np.append(point[1:], True)
    centre = (np.cumsum(mass) - mass / 2) / mass.sum()
    bin_of = np.searchsorted(_quantile_grid(resolution, rows), centre)
    begins = point | after_point | np.append(True, bin_of[1:] != bin_of[:-1])
    if distinct.dtype != np.int64:
        # A single last value would be an interval of zero width: it closes the interval before it.
        begins &= ~(before_point & ~after_point & ~point)
    first = np.flatnonzero(begins)
    upper = distinct[np.append(first[1:], len(distinct)) - 1]
    # Adjacent intervals have no gap: each ends where the next begins.
    joined = ~point[first[:-1]] & ~point[first[1:]]
    next_lower = distinct[first[1:]]
    upper[:-1] = np.where(joined, next_lower - 1 if distinct.dtype == np.int64 else next_lower, upper[:-1])
    return distinct[first], upper, np.add.reduceat(mass, first)


def _quantile_grid(resolution: int, rows: int) -> np.ndarray:
    """Quantiles that bound the intervals: evenly spaced, then halving towards 0 and 1 down to a few rows."""
    halvings = max(1, int(np.log2(max(2, rows / ROWS_PER_CELL))))
    tail = 0.5 ** np.arange(1, halvings + 1)
    return np.unique(np.concatenate([np.arange(1, resolution) / resolution, tail, 1 - tail]))


def _centre(distinct: np.ndarray, mass: np.ndarray) -> tuple[float, float]:
    """Location and scale of weighted distinct values."""
    if not len(distinct):
        return 0.0, 1.0
    share = np.cumsum(mass) / mass.sum()
    quartiles = distinct[np.minimum(np.searchsorted(share, [0.25, 0.5, 0.75]), len(distinct) - 1)].astype(np.float64)
    mean = np.average(distinct, weights=mass)
    deviation = float(np.sqrt(np.average((distinct - mean) ** 2, weights=mass)))
    return float(quartiles[1]), float((quartiles[2] - quartiles[0]) / 2) or deviation or 1.0
