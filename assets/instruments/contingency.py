"""Contingency tables of pairs of discrete columns on two sides, and the statistics computed from them."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isqrt, prod

import numpy as np

from outcross.assets.instruments.drift import Side, drift
from outcross.assets.instruments.influence import Estimate, sample_slice
from outcross.assets.instruments.kinked_shares import kinked_shares

MOST_CELLS_A_ROW = 4
"""Most cells of a full table, per row; of a larger table only the cells that occur are counted."""
MOST_JOINT_CELLS, FEWEST_ROWS_A_CELL = 2**15, 4
"""Most cells of a table of several columns (it fits the processor's cache), and fewest rows per cell."""

Sides = tuple[Sequence[np.ndarray], Sequence[np.ndarray]]
"""(rows,) codes of every column, per side."""


@dataclass(frozen=True)
class Contingency:
    """The cells of two columns' cross table on two sides.

    Attributes:
        first: (cells,) code of the first column.
        second: (cells,) code of the second column.
        counts: (cells,) rows of each cell, per side.
        cells: (sampled rows,) the cell of each sampled row, per side.
        rows: number of rows, per side.
    """

    first: np.ndarray
    second: np.ndarray
    counts: tuple[np.ndarray, np.ndarray]
    cells: tuple[np.ndarray, np.ndarray]
    rows: tuple[int, int]

    def total_variation(self) -> Estimate:
        """Return the total variation distance ½ Σ |p − q| over the cells."""
        p, q = (counts / rows for counts, rows in zip(self.counts, self.rows, strict=True))
        slopes, rest = kinked_shares(self.counts)
        towards = slopes * np.sign(p - q) / 2
        x, y = (towards[cells] for cells in self.cells)
        return Estimate(self.distance, (x - towards @ p, towards @ q - y), self.rows, rest)

    @property
    def distance(self) -> float:
        """The total variation distance."""
        p, q = (counts / rows for counts, rows in zip(self.counts, self.rows, strict=True))
        return float(np.abs(p - q).sum() / 2)

    def cramers_v_drift(self) -> Estimate:
        """Return |V of one side − V of the other| for Cramér's V, see :func:`_cramers_v`."""
        found = []
        for counts, cells, rows in zip(self.counts, self.cells, self.rows, strict=True):
            value, per_cell, freedom = _cramers_v(self.first, self.second, counts)
            found.append(
                Side.of(value, per_cell[cells], rows, squared=rows * freedom[0] * value**2, freedom=freedom[1])
            )
        return drift(*found)


def count_pairs(sides: Sides, levels: Sequence[int], pairs: Iterable[tuple[int, int]]) -> Iterator[Contingency]:
    """Yield the contingency table of each pair of columns, given the number of codes of each column.

    Counting rows is the expensive part. So columns of few levels are counted in one joint table, and the tables of
    their pairs are sums over it.
    """
    rows = len(sides[0][0]), len(sides[1][0])
    joint = [JointTables(codes, levels) for codes in sides]
    drawn = [[column[sample_slice(len(column))].copy() for column in codes] for codes in sides]
    for one, other in pairs:
        size = levels[one] * levels[other]
        if size <= MOST_CELLS_A_ROW * sum(rows):
            every = np.arange(size)
            chosen = [codes[one] * levels[other] + codes[other] for codes in drawn]
            tables = [tables.of(one, other) for tables in joint]
        else:
            dense = [codes[one] * levels[other] + codes[other] for codes in sides]
            every, found = np.unique(np.concatenate(dense), return_inverse=True)
            dense = [found[: rows[0]], found[rows[0] :]]
            chosen = [side[sample_slice(len(side))] for side in dense]
            tables = [np.bincount(side, minlength=len(every)) for side in dense]
        first, second = every // levels[other], every % levels[other]
        yield Contingency(first, second, (tables[0], tables[1]), (chosen[0], chosen[1]), rows)


class JointTables:
    """The cross tables of one side's columns, counted on first use."""

    def __init__(self, codes: Sequence[np.ndarray], levels: Sequence[int]) -> None:
        self._levels = levels
        self._groups = _group_columns(levels, isqrt(min(MOST_JOINT_CELLS, len(codes[0]) // FEWEST_ROWS_A_CELL)))
        self._place = {column: number for number, group in enumerate(self._groups) for column in group}
        self._codes = [_joint_codes(codes, levels, group) for group in self._groups]
        self._counted: dict[tuple[int, int], np.ndarray] = {}

    def of(self, one: int, other: int) -> np.ndarray:
        """Return (levels of one × levels of other,) counts of two different columns."""
        place = self._place[one], self._place[other]
        if place not in self._counted:
            self._counted[place] = self._count(*place)
        columns = self._columns(*place)
        table = self._counted[place].sum(
            axis=tuple(axis for axis, column in enumerate(columns) if column not in (one, other))
        )
        result: np.ndarray = (table if columns.index(one) < columns.index(other) else table.T).ravel()
        return result

    def _columns(self, first: int, second: int) -> list[int]:
        return self._groups[first] + (self._groups[second] if second != first else [])

    def _count(self, first: int, second: int) -> np.ndarray:
        shape = [self._levels[column] for column in self._columns(first, second)]
        codes = self._codes[first]
        if second != first:
            codes = codes * prod(self._levels[column] for column in self._groups[second]) + self._codes[second]
        return np.bincount(codes, minlength=prod(shape)).reshape(shape)


def _group_columns(levels: Sequence[int], most: int) -> list[list[int]]:
    """Group columns so that the product of their levels is at most ``most``; other columns stay alone."""
    groups: list[list[int]] = []
    for column in sorted(range(len(levels)), key=lambda place: -levels[place]):
        for group in groups:
            if prod(levels[each] for each in group) * levels[column] <= most:
                group.append(column)
                break
        else:
            groups.append([column])
    return groups


def _joint_codes(codes: Sequence[np.ndarray], levels: Sequence[int], group: Sequence[int]) -> np.ndarray:
    joint = codes[group[0]]
    for column in group[1:]:
        joint = joint * levels[column] + codes[column]
    return joint


def _cramers_v(first: np.ndarray, second: np.ndarray, counts: np.ndarray) -> tuple[float, np.ndarray, tuple[int, int]]:
    """Return Cramér's V = √(φ² ÷ (smaller number of levels − 1)), and the influence on it of a row in each cell.

    The last two numbers are the smaller number of levels − 1, and the degrees of freedom of rows · φ² for independent
    columns (1 where a column has a single level).

    φ² = Σ p_ij² ÷ (p_i p_j) − 1 (Cramér 1946, Mathematical Methods of Statistics, section 21.9). There is no correction
    for small samples, and only levels that occur count. V is 0 if a column has a single level.
    """
    p = counts / counts.sum()
    row, column = np.bincount(first, weights=p), np.bincount(second, weights=p)
    levels = int(np.count_nonzero(row)), int(np.count_nonzero(column))
    freedom, both = min(levels) - 1, max((levels[0] - 1) * (levels[1] - 1), 1)
    if freedom < 1:
        return 0.0, np.zeros(len(p)), (0, both)
    lift = np.divide(p, row[first] * column[second], out=np.zeros(len(p)), where=p > 0)
    squared = max(float(p @ lift) - 1, 0.0)
    if squared < 1e-12:
        return 0.0, np.zeros(len(p)), (freedom, both)
    of_row, of_column = np.bincount(first, weights=p * lift), np.bincount(second, weights=p * lift)
    per_row, per_column = (
        np.divide(total, share, out=np.zeros(len(share)), where=share > 0)
        for total, share in ((of_row, row), (of_column, column))
    )
    slope = 2 * lift - per_row[first] - per_column[second]
    value = float(np.sqrt(squared / freedom))
    return value, (slope - slope @ p) / (2 * freedom * value), (freedom, both)
