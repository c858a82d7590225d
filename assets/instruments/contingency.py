"""How often two discrete columns have each pair of values, on both sides; and what that says of the two columns."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import isqrt, prod

import numpy as np

from outcross.assets.instruments.influence import Estimate, sample_slice

MOST_CELLS_A_ROW = 4
"""Cells are counted in a full table up to this many times the rows; of more, only those that occur are kept."""
MOST_JOINT_CELLS, FEWEST_ROWS_A_CELL = 2**15, 4
"""A table of several columns has no more cells than the processor's cache holds, and fewer than the rows."""

Sides = tuple[Sequence[np.ndarray], Sequence[np.ndarray]]
"""Codes (rows,) of every column, a side."""


@dataclass(frozen=True)
class Contingency:
    """The cells of two columns' cross table on two sides.

    Attributes:
        first: (cells,) code of the first column.
        second: (cells,) code of the second.
        counts: (cells,) rows a side.
        cells: (sampled rows,) the cell of each sampled row, a side.
        rows: of a side.
    """

    first: np.ndarray
    second: np.ndarray
    counts: tuple[np.ndarray, np.ndarray]
    cells: tuple[np.ndarray, np.ndarray]
    rows: tuple[int, int]

    def total_variation(self) -> Estimate:
        """½ Σ |p − q| over the cells."""
        p, q = (counts / rows for counts, rows in zip(self.counts, self.rows, strict=True))
        towards = np.sign(p - q) / 2
        x, y = (towards[cells] for cells in self.cells)
        return Estimate(float(np.abs(p - q).sum() / 2), (x - towards @ p, towards @ q - y), self.rows)

    def cramers_v_drift(self) -> Estimate:
        """|V of one side − V of the other|, V as :func:`_cramers_v` has it."""
        found = [_cramers_v(self.first, self.second, counts) for counts in self.counts]
        change = found[0][0] - found[1][0]
        x, y = (np.sign(change) * per_cell[cells] for (_, per_cell), cells in zip(found, self.cells, strict=True))
        return Estimate(abs(change), (x, -y), self.rows)


def count_pairs(sides: Sides, levels: Sequence[int], pairs: Iterable[tuple[int, int]]) -> Iterator[Contingency]:
    """Count pairs of columns, given how many codes each column has.

    Counting the rows is what takes time, so columns of few levels are counted several at a time, and the tables of
    their pairs are sums over that joint table.
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
    """The cross tables of one side's columns, counted when they are first asked for."""

    def __init__(self, codes: Sequence[np.ndarray], levels: Sequence[int]) -> None:
        self._levels = levels
        self._groups = _group_columns(levels, isqrt(min(MOST_JOINT_CELLS, len(codes[0]) // FEWEST_ROWS_A_CELL)))
        self._place = {column: number for number, group in enumerate(self._groups) for column in group}
        self._codes = [_joint_codes(codes, levels, group) for group in self._groups]
        self._counted: dict[tuple[int, int], np.ndarray] = {}

    def of(self, one: int, other: int) -> np.ndarray:
        """Return the counts (levels of one × levels of other,) of two different columns."""
        place = self._place[one], self._place[other]
        if place not in self._counted:
            self._counted[place] = self._count(*place)
        columns = self._columns(*place)
        table = self._counted[place].sum(
            axis=tuple(axis for axis, column in enumerate(columns) if column not in (one, other))
        )
        return (table if columns.index(one) < columns.index(other) else table.T).ravel()

    def _columns(self, first: int, second: int) -> list[int]:
        return self._groups[first] + (self._groups[second] if second != first else [])

    def _count(self, first: int, second: int) -> np.ndarray:
        shape = [self._levels[column] for column in self._columns(first, second)]
        codes = self._codes[first]
        if second != first:
            codes = codes * prod(self._levels[column] for column in self._groups[second]) + self._codes[second]
        return np.bincount(codes, minlength=prod(shape)).reshape(shape)


def _group_columns(levels: Sequence[int], most: int) -> list[list[int]]:
    """Put columns together whose levels multiply to no more than so many; the others stay alone."""
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


def _cramers_v(first: np.ndarray, second: np.ndarray, counts: np.ndarray) -> tuple[float, np.ndarray]:
    """Cramér's V = √(φ² ÷ (least number of levels − 1)), and the influence on it of a row in each cell.

    φ² = Σ p_ij² ÷ (p_i p_j) − 1 (Cramér 1946, Mathematical Methods of Statistics, section 21.9), without a correction
    for small samples, and only the levels that occur. Where a column has one level alone, V is 0.
    """
    p = counts / counts.sum()
    row, column = np.bincount(first, weights=p), np.bincount(second, weights=p)
    freedom = min(np.count_nonzero(row), np.count_nonzero(column)) - 1
    if freedom < 1:
        return 0.0, np.zeros(len(p))
    lift = np.divide(p, row[first] * column[second], out=np.zeros(len(p)), where=p > 0)
    squared = max(float(p @ lift) - 1, 0.0)
    if squared < 1e-12:
        return 0.0, np.zeros(len(p))
    of_row, of_column = np.bincount(first, weights=p * lift), np.bincount(second, weights=p * lift)
    per_row, per_column = (
        np.divide(total, share, out=np.zeros(len(share)), where=share > 0)
        for total, share in ((of_row, row), (of_column, column))
    )
    slope = 2 * lift - per_row[first] - per_column[second]
    value = float(np.sqrt(squared / freedom))
    return value, (slope - slope @ p) / (2 * freedom * value)
