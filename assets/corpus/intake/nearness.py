"""How far two rows are apart where they differ in numbers alone, and how near real rows come to each other by chance.

The distance of two rows is the largest difference of a number, in spans of its column (from the anchor's 1 % to its
99 % quantile). Rows that differ in a level, in a text or in which number is missing have none, nor have equal rows.

Near pairs are sought in cells of a grid over the numbers, hashed with all else that has to be equal, and in each cell
among neighbours by one column. Two grids, moved against each other by half a cell, so that what a border cuts in one is
whole in the other; a pair that is cut in both is missed.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.corpus.guards.sketch import mixed
from outcross.assets.instruments.drawing import draw_rows
from outcross.resources.schema import Column, Schema
from outcross.resources.seeds import derive_seed

TOLERANCES = (3e-3, 1e-3, 3e-4, 1e-4, 3e-5, 1e-5)
"""Distances within which rows may count as near, the widest first."""
COUNTED = 1e-2
"""Distance within which pairs are counted too, so that there are some."""
RARELY = 3e-4
"""Share of clean rows that may be near a row of some set by chance: beyond it, nearness is no sign of a copy."""
MOST_ROWS = 50_000
"""Real rows among which near pairs are counted."""
GRIDS = 2
WIDTH = 32
"""Width of a cell in tolerances: the wider, the fewer near pairs are cut, and the more others meet."""
NEIGHBOURS = 64
"""Rows of a cell that a row is compared with at most, those next to it by one column."""


@dataclass(frozen=True)
class Grid:
    """Cells for one tolerance.

    Attributes:
        schema: the columns of a row.
        spans: of each numeric column; 0 where it does not vary.
        tolerance: largest distance of a near pair.
    """

    schema: Schema
    spans: tuple[float, ...]
    tolerance: float

    @cached_property
    def free(self) -> list[int]:
        """Numeric columns in which near rows may differ: whole numbers only where the tolerance reaches the next."""
        return [
            place
            for place, (column, span) in enumerate(zip(self.schema.numeric, self.spans, strict=True))
            if span > 0 and not (column.integer and span * self.tolerance < 1)
        ]

    def numbers(self, rows: pl.DataFrame) -> np.ndarray:
        """(rows, free columns) in spans; 0 where there is no finite value."""
        found = np.zeros((rows.height, len(self.free)))
        for place, number in enumerate(self.free):
            values = rows[self.schema.numeric[number].name].cast(pl.Float64).to_numpy() / self.spans[number]
            found[:, place] = np.where(np.isfinite(values), values, 0.0)
        return found

    def keys(self, rows: pl.DataFrame, numbers: np.ndarray) -> np.ndarray:
        """(grids, rows) uint64: equal where all that must be equal is, and the numbers lie in one cell."""
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
                found[grid] += mixed(cells.view(np.uint64), place + 1)
        return found


def _infinite(column: Column) -> pl.Expr:
    """What of a number has to be equal: that it is missing, or infinite."""
    value = pl.col(column.name).cast(pl.Float64)
    return pl.when(value.is_finite()).then(0.0).otherwise(value)


def near_pairs(keys: np.ndarray, numbers: np.ndarray, within: float) -> Iterator[tuple[np.ndarray, ...]]:
    """Find pairs of rows with one key that are apart, and no farther than this.

    Args:
        keys: (rows,) of one grid.
        numbers: (rows, free columns).
        within: the largest distance.

    Yields (pairs,) the one row, the other, and their distance.
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
    """How often two real rows are near each other.

    Attributes:
        schema: their columns.
        spans: of each numeric column.
        rates: at each of ``TOLERANCES``, the share of pairs of different rows; from above.
    """

    schema: Schema
    spans: tuple[float, ...]
    rates: tuple[float, ...]

    @classmethod
    def fit(cls, anchor: pl.DataFrame, holdout: pl.DataFrame, schema: Schema, *, seed: int) -> Self:
        """Count the near pairs among the anchor's and the holdout's rows; where there are many, among some of them.

        A tolerance with few such pairs is judged by a wider one too: of numbers that vary without steps, a tenth of the
        width holds a tenth of the pairs at most.
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
        """The widest at which a clean row that is compared with so many lies near one of them but ``RARELY``.

        None where there is none at which near rows are still different.
        """
        for tolerance, rate in zip(TOLERANCES, self.rates, strict=True):
            if rate * rows <= RARELY:
                return tolerance if self.grid(tolerance).free else None
        return None

    def grid(self, tolerance: float) -> Grid:
        """The cells for a tolerance."""
        return Grid(self.schema, self.spans, tolerance)


def _count(rows: pl.DataFrame, grid: Grid) -> int:
    """Near pairs among rows."""
    if not grid.free or not rows.height:
        return 0
    numbers = grid.numbers(rows)
    found = [np.zeros(0, dtype=np.int64)]
    for keys in grid.keys(rows, numbers):
        for one, other, _ in near_pairs(keys, numbers, grid.tolerance):
            found.append(np.minimum(one, other) * rows.height + np.maximum(one, other))
    return len(np.unique(np.concatenate(found)))


def _span(values: pl.Series) -> float:
    """From the 1 % to the 99 % quantile; where these are equal, from the least to the largest value."""
    known = values.filter(values.is_finite()).to_numpy()
    if not len(known):
        return 0.0
    low, high = np.quantile(known, [0.01, 0.99])
    return float(high - low) or float(np.ptp(known))
