"""Pixels of pictures as arrays, and the grey that colour has to the eye."""

import numpy as np
import polars as pl

from outcross.resources.schema import Column

LUMINANCE = np.array([0.299, 0.587, 0.114])
"""Weights of red, green and blue (ITU-R BT.601), as of the key ``grey`` of a source."""

COLOURS = ("red", "green", "blue", "saturation")
"""What :func:`colours_of` says of a picture in colour."""
_CHUNK = 1_000


def pixels_of(pictures: pl.Series, column: Column) -> np.ndarray:
    """Return canonical pictures as uint8 (rows, height, width), with 3 channels at the end where they are in colour."""
    result: np.ndarray = pictures.to_numpy().reshape(-1, *column.axes)
    return result


def luminance_of(pictures: pl.Series, column: Column) -> np.ndarray:
    """Return the grey of canonical pictures, (rows, height, width): float64 of colour, else uint8 as they are."""
    pixels = pixels_of(pictures, column)
    result: np.ndarray = pixels @ LUMINANCE if column.in_colour else pixels
    return result


def colours_of(pictures: pl.Series, column: Column) -> np.ndarray:
    """Return (rows, 4) :data:`COLOURS` of canonical pictures in colour, 0 to 1.

    They are the mean of each channel, and the mean difference of the highest channel of a pixel from its lowest.
    """
    parts = [np.zeros((0, len(COLOURS)))]
    for part in pictures.to_frame("x").iter_slices(_CHUNK):
        channels = pixels_of(part["x"], column) / (column.levels or 255)
        means, saturation = channels.mean(axis=(1, 2)), np.ptp(channels, axis=3).mean(axis=(1, 2))
        parts.append(np.column_stack([means, saturation]))
    return np.concatenate(parts)
