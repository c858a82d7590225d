"""Pixels of pictures as arrays, and the grey that colour has to the eye."""

import numpy as np
import polars as pl

from outcross.resources.schema import Column

LUMINANCE = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue (ITU-R BT.601), as of the key ``grey`` of a source."""


def pixels_of(pictures: pl.Series, column: Column) -> np.ndarray:
    """Return canonical pictures as uint8 (rows, height, width), with 3 channels at the end where they are in colour."""
    result: np.ndarray = pictures.to_numpy().reshape(-1, *column.axes)
    return result


def luminance_of(pictures: pl.Series, column: Column) -> np.ndarray:
    """Return the grey of canonical pictures, (rows, height, width): float64 of colour, else uint8 as they are."""
    pixels = pixels_of(pictures, column)
    result: np.ndarray = pixels @ LUMINANCE if column.in_colour else pixels
    return result
