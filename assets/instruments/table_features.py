"""Features of tables: standardised numeric columns and one-hot levels."""

from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from outcross.resources.schema import Column, Role, Schema

MOST_LEVELS = 50
"""Most levels of one column with a feature each; rarer levels share the rest level."""
MOST_ONE_HOT = 1_024
"""Most levels with a feature each, over all columns."""
FARTHEST = 1e4
"""Standard deviations at which a value is clipped, so that a diverging generator gives large distances, not NaN."""


@dataclass(frozen=True)
class NumericFeature:
    """One numeric column: (x − mean) ÷ standard deviation of the anchor, with a null indicator if it can be null.

    A null is encoded as the anchor's median. In a column without nulls in the anchor, a missing value or NaN cannot be
    real, and is encoded as ``FARTHEST``.
    """

    name: str
    mean: float
    deviation: float
    median: float
    nullable: bool

    @property
    def width(self) -> int:
        """How many features the column gives."""
        return 1 + self.nullable

    @classmethod
    def fit(cls, values: pl.Series, column: Column) -> Self:
        """Measure one column of the anchor; the deviation of a constant column counts as 1."""
        observed = values.cast(pl.Float64).fill_nan(None).drop_nulls()
        mean, deviation, median = (
            float(found) if found is not None else 0.0  # type: ignore[arg-type]
            for found in (observed.mean(), observed.std(ddof=0), observed.median())
        )
        nullable = column.nullable or len(observed) < len(values)
        return cls(column.name, mean, deviation if deviation > 0 else 1.0, median, nullable)

    def encode(self, rows: pl.DataFrame, out: np.ndarray) -> None:
        """Fill (rows, width)."""
        values = rows[self.name].cast(pl.Float64).to_numpy()
        missing = np.isnan(values)
        standard = (np.where(missing, self.median, values) - self.mean) / self.deviation
        out[:, 0] = np.clip(standard, -FARTHEST, FARTHEST)
        if self.nullable:
            out[:, 1] = missing
        else:
            out[missing, 0] = FARTHEST


@dataclass(frozen=True)
class DiscreteFeature:
    """One discrete column, one-hot: the anchor's levels, then the rest level, then null if the anchor has nulls."""

    name: str
    levels: list[str]
    nullable: bool

    @property
    def width(self) -> int:
        """How many features the column gives."""
        return len(self.levels) + 1 + self.nullable

    @classmethod
    def fit(cls, values: pl.Series, column: Column, *, most: int) -> Self:
        """Keep the most frequent levels, in alphabetical order; the alphabet also breaks ties."""
        counts = values.drop_nulls().value_counts(name="rows")
        kept = counts.sort("rows", column.name, descending=[True, False])[column.name].head(most)
        return cls(column.name, sorted(kept), column.nullable or values.null_count() > 0)

    def encode(self, rows: pl.DataFrame, out: np.ndarray) -> None:
        """Fill (rows, width)."""
        rest = len(self.levels)
        codes = dict(zip(self.levels, range(rest), strict=True))
        column = rows[self.name].replace_strict(codes, default=rest, return_dtype=pl.Int64)
        known = column.to_numpy()
        code = np.where(rows[self.name].is_null().to_numpy(), rest + self.nullable, known)
        out[np.arange(len(code)), code] = 1.0


@dataclass(frozen=True)
class TableFeatures:
    """The features of all columns of a table.

    Two rows with different levels of one discrete column are √2 apart in it. So are, in root mean square, two random
    values of a numeric column: each column has about the same weight.
    """

    numeric: list[NumericFeature]
    discrete: list[DiscreteFeature]

    @classmethod
    def fit(cls, rows: pl.DataFrame, schema: Schema, *, label: bool) -> Self:
        """Measure the anchor's columns, with or without the label or the target."""
        numeric = [column for column in schema.numeric if label or not column.target]
        discrete = [column for column in schema.discrete if label or column.role is not Role.LABEL]
        most = max(1, min(MOST_LEVELS, MOST_ONE_HOT // max(1, len(discrete))))
        return cls(
            [NumericFeature.fit(rows[column.name], column) for column in numeric],
            [DiscreteFeature.fit(rows[column.name], column, most=most) for column in discrete],
        )

    def encode(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows, features) float64."""
        features: list[NumericFeature | DiscreteFeature] = [*self.numeric, *self.discrete]
        encoded: np.ndarray = np.zeros((rows.height, sum(feature.width for feature in features)))
        start = 0
        for feature in features:
            feature.encode(rows, encoded[:, start : start + feature.width])
            start += feature.width
        return encoded

    def facts(self) -> dict[str, Any]:
        """Return everything that the features depend on, JSON-able."""
        return {"kind": "table", **asdict(self)}
