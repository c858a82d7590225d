"""Features of images: their values scaled to 0..1, of each channel; large images are averaged down first."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from outcross.resources.schema import Schema

LONGEST_SIDE, LONGEST_IN_COLOUR = 32, 20
"""Most pixels a side; larger images are averaged down, since the covariance of their values would not fit in memory."""


@dataclass(frozen=True)
class ImageFeatures:
    """The pixels of one image column, ``shape`` = (height, width) and channels, values 0..``levels``."""

    column: str
    shape: tuple[int, ...]
    levels: int

    @classmethod
    def fit(cls, rows: pl.DataFrame, schema: Schema) -> Self:
        """Take the shape and the values from the schema; the rows are not used."""
        image = schema.image
        assert image is not None
        return cls(image.name, image.axes, image.levels or 255)

    def encode(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows, pixels × channels) float64 in 0..1."""
        pixels = rows[self.column].to_numpy().reshape(-1, *self.shape) / self.levels
        for axis in (1, 2):
            pixels = average_down(pixels, axis, LONGEST_IN_COLOUR if len(self.shape) > 2 else LONGEST_SIDE)
        return pixels.reshape(len(pixels), -1)

    def facts(self) -> dict[str, Any]:
        """Return everything that the features depend on, JSON-able."""
        return {"kind": "image", "column": self.column, "shape": self.shape, "levels": self.levels}


def average_down(pixels: np.ndarray, axis: int, most: int) -> np.ndarray:
    """Average neighbouring lines along an axis of (rows, height, width, …) into at most ``most``."""
    length = pixels.shape[axis]
    if length <= most:
        return pixels
    edges = np.arange(most + 1) * length // most
    sums = np.add.reduceat(pixels, edges[:-1], axis=axis)
    widths = np.diff(edges).reshape([-1 if at == axis else 1 for at in range(pixels.ndim)])
    result: np.ndarray = sums / widths
    return result
