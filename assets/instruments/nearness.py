"""The distance of rows that differ only in numbers, and the rate of near pairs among real rows.

The distance of two rows is the largest difference of a number (Chebyshev), in units of its column's span: from the 1 %
to the 99 % quantile of the anchor. It is undefined for equal rows, and for rows that differ in a level, in a text, or
in which numbers are missing.

Near pairs are found by locality-sensitive hashing: rows are hashed by the cell of a grid over their numbers, together
with all values that must be equal. Within a cell, rows are compared with their neighbours by one column. There are two
grids, shifted by half a cell: a pair that a border of one grid separates is in one cell of the other. A pair that both
separate is missed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.splitmix import splitmix64
from outcross.resources.schema import Column, Schema
from outcross.resources.seeds import derive_seed

TOLERANCES = (3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
"""Distances within which rows may count as near, largest first."""
COUNTED = 1e-2
"""A larger distance, within which pairs are counted as well, so that some are found."""
RARELY = 3e-4
"""Share of clean rows that may be near a row of a set by chance. Above it, nearness is no evidence of a copy."""
MOST_ROWS = 50_000
"""Real rows among which near pairs are counted."""
GRIDS = 2
WIDTH = 32
"""Width of a cell, in tolerances. A wider cell separates fewer near pairs, and holds more other pairs."""
NEIGHBOURS = 64
"""Largest number of rows of a cell that a row is compared with: those next to it by one column."""


@dataclass(frozen=True)
class Grid:
    """The cells for one tolerance.

    Attributes:
        schema: the columns of a row.
        spans: of each numeric column; 0 where it does not vary.
        tolerance: largest distance of a near pair, in spans.
    """

    schema: Schema
    spans: tuple[float, ...]
    tolerance: float

    @cached_property
    def free(self) -> list[int]:
        """Numeric columns in which near rows may differ; integer columns only if the tolerance reaches 1."""
        return [
            place
            for place, (column, span) in enumerate(zip(self.schema.numeric, self.spans, strict=True))
            if span > 0 and not (column.integer and span * self.tolerance < 1)
        ]

    def numbers(self, rows: pl.DataFrame) -> np.ndarray:
        """Compute (rows, free columns) in spans; 0 where there is no finite value."""
        found = np.zeros((rows.height, len(self.free)))
        for place, number in enumerate(self.free):
            values = rows[self.schema.numeric[number].name].cast(pl.Float64).to_numpy() / self.spans[number]
            found[:, place] = np.where(np.isfinite(values), values, 0.0)
        return found

    def keys(self, rows: pl.DataFrame, numbers: np.ndarray) -> np.ndarray:
        """Hash rows to (grids, rows) uint64: equal where all other values are equal and the numbers share a cell."""
        free = {self.schema.numeric[number].name for number in self.free}
        same = [
            _infinite(column).alias(column.name) if column.name in free else pl.col(column.name)
            for column in self.schema.columns
        ]
        equal = rows.select(same).hash_rows(seed=0).to_numpy()
        found = np.stack([equal] * GRIDS)
        for grid in range(GRIDS):
            for place in range(numbers.shape[1]):
                cells = np.floor(numbers[:, place] / (WIDTH * self.tolerance) + grid / GRIDS)
                found[grid] += splitmix64(cells.view(np.uint64), place + 1)
        return found


def _infinite(column: Column) -> pl.Expr:
    """Reduce a number to what near rows must share: whether it is missing, and whether it is infinite."""
    value = pl.col(column.name).cast(pl.Float64)
    return pl.when(value.is_finite()).then(0.0).otherwise(value)


def find_near_pairs(keys: np.ndarray, numbers: np.ndarray, within: float) -> Iterator[tuple[np.ndarray, ...]]:
    """Find pairs of rows with equal keys whose distance is above 0 and at most ``within``.

    Args:
        keys: (rows,) of one grid.
        numbers: (rows, free columns).
        within: largest distance.

    Yields (pairs,): the first row, the second row, and their distance.
    """
    ordered = np.sort(keys)
    repeated = ordered[1:][ordered[1:] == ordered[:-1]]
    if not len(repeated):
        return
    rows = np.flatnonzero(repeated[np.minimum(np.searchsorted(repeated, keys), len(repeated) - 1)] == keys)
    finest = int(np.argmax([len(np.unique(column[:MOST_ROWS])) for column in numbers[rows].T]))
    rows = rows[np.lexsort((numbers[rows, finest], keys[rows]))]
    keys, numbers = keys[rows], numbers[rows]
    at = np.arange(len(rows))
    for step in range(1, NEIGHBOURS + 1):
        at = at[at + step < len(rows)]
        near = (keys[at + step] == keys[at]) & (numbers[at + step, finest] - numbers[at, finest] <= within)
        at = at[near]
        if not len(at):
            return
        apart = np.abs(numbers[at + step] - numbers[at]).max(axis=1)
        chosen = (apart > 0) & (apart <= within)
        yield rows[at[chosen]], rows[at[chosen] + step], apart[chosen]


@dataclass(frozen=True)
class Nearness:
    """The rate of near pairs among real rows.

    Attributes:
        schema: the columns of a row.
        spans: of each numeric column.
        rates: for each of ``TOLERANCES``, an upper bound on the share of pairs of different rows that are near.
    """

    schema: Schema
    spans: tuple[float, ...]
    rates: tuple[float, ...]

    @classmethod
    def fit(cls, anchor: pl.DataFrame, holdout: pl.DataFrame, schema: Schema, *, seed: int) -> Self:
        """Count the near pairs among the rows of anchor and holdout, or among a sample of ``MOST_ROWS`` of them.

        A tolerance with few near pairs also takes its rate from a wider tolerance: for continuous numbers, a tenth of
        the tolerance has at most a tenth of the near pairs.
        """
        spans = tuple(_span(anchor[column.name].cast(pl.Float64)) for column in schema.numeric)
        both = pl.concat([anchor.select(schema.names), holdout.select(schema.names)])
        rows = draw_rows(both, MOST_ROWS, derive_seed("near pairs", seed))
        pairs = max(rows.height * (rows.height - 1) / 2, 1.0)
        rates: dict[float, float] = {}
        for tolerance in (COUNTED, *TOLERANCES):
            own = (_count(rows, Grid(schema, spans, tolerance)) + 1) / pairs
            rates[tolerance] = min([own, *(rate * tolerance / wider for wider, rate in rates.items())])
        return cls(schema, spans, tuple(rates[tolerance] for tolerance in TOLERANCES))

    def tolerance(self, rows: int) -> float | None:
        """Choose the largest tolerance at which at most ``RARELY`` of the clean rows are near one of ``rows`` others.

        None where no tolerance is small enough, or where near rows would have to be equal.
        """
        for tolerance, rate in zip(TOLERANCES, self.rates, strict=True):
            if rate * rows <= RARELY:
                return tolerance if self.grid(tolerance).free else None
        return None

    def rate(self, tolerance: float) -> float:
        """Return the upper bound on the share of pairs of different rows that are near within one of ``TOLERANCES``."""
        return self.rates[TOLERANCES.index(tolerance)]

    def grid(self, tolerance: float) -> Grid:
        """Return the cells for a tolerance."""
        return Grid(self.schema, self.spans, tolerance)


def _count(rows: pl.DataFrame, grid: Grid) -> int:
    """Count the near pairs among rows."""
    if not grid.free or not rows.height:
        return 0
    numbers = grid.numbers(rows)
    found = [np.zeros(0, dtype=np.int64)]
    for keys in grid.keys(rows, numbers):
        for one, other, _ in find_near_pairs(keys, numbers, grid.tolerance):
            found.append(np.minimum(one, other) * rows.height + np.maximum(one, other))
    return len(np.unique(np.concatenate(found)))


def _span(values: pl.Series) -> float:
    """Compute the span: 99 % minus 1 % quantile; where these are equal, the range of the values."""
    known = values.filter(values.is_finite()).to_numpy()
    if not len(known):
        return 0.0
    low, high = np.quantile(known, [0.01, 0.99])
    return float(high - low) or float(np.ptp(known))
