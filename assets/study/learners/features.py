"""The columns of canonical rows as the numbers that gradient boosting reads; what is missing stays missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.resources.schema import Schema

MOST_LEVELS = 254
"""Most levels of a column that are told apart: scikit-learn's histograms have 255 bins, one for what is missing."""


@dataclass(frozen=True, kw_only=True)
class Features:
    """How columns become numbers, as the training rows have them.

    Attributes:
        schema: the columns.
        outcome: name of the column that is predicted, which is no feature.
        levels: column → its levels, the most frequent first; any other level counts as missing.
    """

    schema: Schema
    outcome: str
    levels: Mapping[str, list[str]]

    @classmethod
    def of(cls, rows: pl.DataFrame, schema: Schema, *, outcome: str) -> Self:
        """Read the levels from training rows."""
        names = [column.name for column in schema.discrete if column.name != outcome]
        return cls(schema=schema, outcome=outcome, levels={name: _frequent(rows[name]) for name in names})

    @property
    def categorical(self) -> np.ndarray:
        """(features,) whether each feature is a level, coded."""
        return np.repeat([False, True], [self._numbers, len(self.levels)])

    def matrix(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows, features) float64: numeric columns, the pixels of images, then codes; NaN where missing."""
        parts = [rows[name].cast(pl.Float64).to_numpy()[:, None] for name in self._numeric]
        if (image := self.schema.image) is not None:
            parts.append(rows[image.name].to_numpy().astype(np.float64).reshape(rows.height, -1))
        for name, levels in self.levels.items():
            codes = rows[name].replace_strict(levels, range(len(levels)), default=None, return_dtype=pl.Float64)
            parts.append(codes.to_numpy()[:, None])
        return np.hstack(parts) if parts else np.zeros((rows.height, 0))

    @property
    def _numeric(self) -> list[str]:
        return [column.name for column in self.schema.numeric if column.name != self.outcome]

    @property
    def _numbers(self) -> int:
        image = self.schema.image
        return len(self._numeric) + (0 if image is None else int(np.prod(image.axes)))


def _frequent(values: pl.Series) -> list[str]:
    counted = values.drop_nulls().value_counts()
    return counted.sort("count", values.name, descending=[True, False])[values.name].head(MOST_LEVELS).to_list()
