"""How often two discrete columns have each pair of values, on both sides; and what that says of the two columns."""

from dataclasses import dataclass

import numpy as np

from assets.evaluation.influence import Estimate, sampled

MOST_CELLS_A_ROW = 4
"""Cells are counted in a full table up to this many times the rows; of more, only those that occur are kept."""


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

    @classmethod
    def count(
        cls, x: tuple[np.ndarray, np.ndarray], y: tuple[np.ndarray, np.ndarray], *, levels: tuple[int, int]
    ) -> "Contingency":
        """Count two columns' codes, of which each side gives (rows,) of the first and (rows,) of the second."""
        sides = [first * levels[1] + second for first, second in (x, y)]
        rows, size = (len(sides[0]), len(sides[1])), levels[0] * levels[1]
        cells = np.arange(size) if size <= MOST_CELLS_A_ROW * sum(rows) else None
        if cells is None:
            cells, dense = np.unique(np.concatenate(sides), return_inverse=True)
            sides, size = [dense[: rows[0]], dense[rows[0] :]], len(cells)
        counts = [np.bincount(side, minlength=size) for side in sides]
        chosen = [side[sampled(len(side))] for side in sides]
        first, second = cells // levels[1], cells % levels[1]
        return cls(first, second, (counts[0], counts[1]), (chosen[0], chosen[1]), rows)

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
