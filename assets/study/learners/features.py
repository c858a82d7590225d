"""The columns of canonical rows as the numbers that gradient boosting reads; what is missing stays missing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.image_features import average_down
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
        longest_side: most pixels of a side of a picture, to which larger ones are averaged down; None keeps all.
    """

    schema: Schema
    outcome: str
    levels: Mapping[str, list[str]]
    longest_side: int | None = None

    @classmethod
    def of(cls, rows: pl.DataFrame, schema: Schema, *, outcome: str, longest_side: int | None = None) -> Self:
        """Read the levels from training rows."""
        names = [column.name for column in schema.discrete if column.name != outcome]
        levels = {name: _frequent(rows[name]) for name in names}
        return cls(schema=schema, outcome=outcome, levels=levels, longest_side=longest_side)

    @property
    def categorical(self) -> np.ndarray:
        """(features,) whether each feature is a level, coded."""
        return np.repeat([False, True], [self._numbers, len(self.levels)])

    def matrix(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows, features) float64: numeric columns, the pixels of images, then codes; NaN where missing."""
        parts = [rows[name].cast(pl.Float64).to_numpy()[:, None] for name in self._numeric]
        if (image := self.schema.image) is not None:
            parts.append(self._smaller(rows[image.name].to_numpy().astype(np.float64)).reshape(rows.height, -1))
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
        return len(self._numeric) + (0 if image is None else int(np.prod(self._axes)))

    @property
    def _axes(self) -> tuple[int, ...]:
        """Height and width of a picture as it is read, and its channels."""
        assert self.schema.image is not None
        height, width, *channels = self.schema.image.axes
        most = self.longest_side
        return (height, width, *channels) if most is None else (min(height, most), min(width, most), *channels)

    def _smaller(self, pixels: np.ndarray) -> np.ndarray:
        """Average (rows, values) of pictures down to the longest side."""
        assert self.schema.image is not None
        pixels = pixels.reshape(-1, *self.schema.image.axes)
        for axis, most in ((1, self._axes[0]), (2, self._axes[1])):
            pixels = average_down(pixels, axis, most)
        return pixels


def _frequent(values: pl.Series) -> list[str]:
    counted = values.drop_nulls().value_counts()
    return counted.sort("count", values.name, descending=[True, False])[values.name].head(MOST_LEVELS).to_list()
