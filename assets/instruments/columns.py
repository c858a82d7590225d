"""The columns of two tables as numbers; equal levels of both sides have equal codes."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl

from outcross.resources.schema import Schema


@dataclass(frozen=True)
class Columns:
    """The columns of one side.

    Attributes:
        numeric_names: names of the numeric columns.
        numeric: (numeric columns, rows) float64, NaN for a missing value.
        discrete_names: names of the categorical, label and group columns.
        discrete: (rows,) codes of each discrete column, from 0, which is null.
        levels: number of codes of each discrete column on both sides together, including null.
    """

    numeric_names: list[str]
    numeric: np.ndarray
    discrete_names: list[str]
    discrete: list[np.ndarray]
    levels: list[int]

    @property
    def rows(self) -> int:
        """The number of rows."""
        return int(self.numeric.shape[1])

    @cached_property
    def ascending(self) -> list[np.ndarray]:
        """The values of each numeric column, ascending, without missing ones."""
        return [np.sort(values[~np.isnan(values)]) for values in self.numeric]

    def take(self, rows: np.ndarray) -> "Columns":
        """Return some of the rows, with the codes that they have."""
        discrete = [codes[rows] for codes in self.discrete]
        return Columns(self.numeric_names, self.numeric[:, rows], self.discrete_names, discrete, self.levels)

    def joined(self, other: "Columns") -> "Columns":
        """Return the rows of this side, then those of another that was coded together with it."""
        discrete = [np.concatenate(each) for each in zip(self.discrete, other.discrete, strict=True)]
        numeric = np.concatenate([self.numeric, other.numeric], axis=1)
        return Columns(self.numeric_names, numeric, self.discrete_names, discrete, self.levels)

    def shares(self, column: int) -> np.ndarray:
        """Return (levels,) the share of the rows with each code of a discrete column."""
        return np.bincount(self.discrete[column], minlength=self.levels[column]) / max(self.rows, 1)


def code_columns(x: pl.DataFrame, y: pl.DataFrame, schema: Schema) -> tuple[Columns, Columns]:
    """Code the numeric and discrete columns of two canonical frames together."""
    levels, coded = _encode(pl.concat([side.select(column.name for column in schema.discrete) for side in (x, y)]))
    discrete = [codes[: x.height] for codes in coded], [codes[x.height :] for codes in coded]
    numeric_names, discrete_names = [c.name for c in schema.numeric], [c.name for c in schema.discrete]
    sides = []
    for rows, codes in zip((x, y), discrete, strict=True):
        numeric: np.ndarray = np.empty((len(numeric_names), rows.height))
        for place, name in enumerate(numeric_names):
            numeric[place] = rows[name].cast(pl.Float64).to_numpy()
        sides.append(Columns(numeric_names, numeric, discrete_names, codes, levels))
    return sides[0], sides[1]


def _encode(both: pl.DataFrame) -> tuple[list[int], list[np.ndarray]]:
    """Return the number of codes of each column and its (rows,) codes; polars encodes several columns in parallel."""
    if not both.width:
        return [], []
    known = both.select(pl.all().drop_nulls().unique().sort().implode()).row(0)
    codes = both.select(
        (pl.col(name).cast(pl.Enum(levels)).to_physical().cast(pl.Int64) + 1).fill_null(0)
        for name, levels in zip(both.columns, known, strict=True)
    )
    return [len(levels) + 1 for levels in known], [column.to_numpy().astype(np.intp, copy=False) for column in codes]
