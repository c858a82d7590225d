"""Images from columns of lists: grey, or in colour where the lists are flat and the settings say so."""

import math

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput

CHANNELS = (3, 4)
"""Numbers of a colour image's channels: red, green, blue, and perhaps alpha."""
LEVELS = (1, 16, 255)
"""Usual highest grey values: 1 (black and white), 16 (scanned digits), 255 (bytes)."""
REMEDY = "or give the column the role 'ignore'"


def read_images(
    values: pl.Series, *, shape: tuple[int, int] | None, levels: int | None, channels: int = 1, where: str
) -> tuple[pl.Series, tuple[int, int], int]:
    """Convert a column of lists (flat, or rows of pixels) to canonical images.

    Args:
        values: a List or Array column of whole numbers, nested to any depth.
        shape: (height, width); needed where the lists are flat and not square.
        levels: the highest grey value; by default the lowest of 1, 16 and 255 that no pixel exceeds.
        channels: 3 where flat lists hold the red, green and blue of each pixel in turn, row by row.
        where: the column, as messages name it.

    Returns ``Array(UInt8, height × width × channels)`` values, (height, width), and the highest grey value.

    Raises:
        BadInput: images are missing, differ in size, have several dimensions, or hold anything but whole numbers
            0..255.
    """
    dimensions, flat = _flatten(values, where)
    pixels = _grey(flat, where)
    if channels > 1:
        dimensions = _without_channels(dimensions, channels, where)
    shape = _shape(dimensions, shape, where)
    highest = int(pixels.max())
    if levels is None:
        levels = 255 if channels > 1 else next(usual for usual in LEVELS if highest <= usual)
    elif highest > levels:
        raise BadInput(f"{where}: the brightest pixel is {highest}, above 'levels: {levels}'; raise 'levels'")
    size = shape[0] * shape[1] * channels
    pictures = pl.Series(values.name, pixels.reshape(len(values), size), dtype=pl.Array(pl.UInt8, size))
    return pictures, shape, levels


def _without_channels(dimensions: list[int], channels: int, where: str) -> list[int]:
    """Return the dimensions of the pixels of flat lists that hold several values a pixel."""
    if len(dimensions) > 1 or dimensions[0] % channels:
        found = _by(dimensions)
        raise BadInput(
            f"{where}: lists of {found} values are not {channels} channels of each pixel; correct 'channels', {REMEDY}"
        )
    return [dimensions[0] // channels]


def _flatten(values: pl.Series, where: str) -> tuple[list[int], pl.Series]:
    """Return the length of the lists at each depth, and all pixels in one series."""
    dimensions: list[int] = []
    while isinstance(values.dtype, pl.List | pl.Array):
        if nulls := values.null_count():
            raise BadInput(f"{where}: {nulls:,} images or rows of pixels are missing; drop those rows {REMEDY}")
        lengths = values.cast(pl.List(values.dtype.inner)).list.len()
        shortest, longest = int(lengths.min()), int(lengths.max())  # type: ignore[arg-type]
        if shortest != longest:
            flat = not dimensions and not isinstance(values.dtype.inner, pl.List | pl.Array)
            remedy = "store each as a list of its rows" if flat else "set 'size: [32, 32]' (height and width)"
            raise BadInput(
                f"{where}: images differ in size ({shortest} to {longest} values a list); {remedy} to resize them to "
                f"one size, {REMEDY}"
            )
        if longest == 0:
            raise BadInput(f"{where}: the lists are empty; fill them with pixels {REMEDY}")
        dimensions.append(longest)
        values = values.explode()
    return dimensions, values


def _grey(flat: pl.Series, where: str) -> np.ndarray:
    if not flat.dtype.is_numeric() or flat.dtype.is_decimal():
        raise BadInput(f"{where}: lists of {flat.dtype} are not images; store pixels as whole numbers 0..255 {REMEDY}")
    if nulls := flat.null_count():
        raise BadInput(f"{where}: {nulls:,} pixels are missing; fill them {REMEDY}")
    pixels = flat.to_numpy()
    if not np.isfinite(pixels).all() or (pixels % 1 != 0).any():
        raise BadInput(f"{where}: pixels are not whole numbers; scale them to 0..255 and round {REMEDY}")
    if pixels.min() < 0 or pixels.max() > 255:
        raise BadInput(f"{where}: pixels range from {pixels.min()} to {pixels.max()}; scale them to 0..255 {REMEDY}")
    return pixels.astype(np.uint8)


def _shape(dimensions: list[int], declared: tuple[int, int] | None, where: str) -> tuple[int, int]:
    count = math.prod(dimensions)
    sides = [side for side in dimensions if side > 1] if len(dimensions) > 2 else dimensions
    if len(sides) > 2:
        raise BadInput(
            f"{where}: images have {len(sides)} dimensions ({_by(sides)}); keep the height and width of each, and 3 "
            f"channels where they are in colour, {REMEDY}"
        )
    if declared is not None:
        if declared[0] * declared[1] != count:
            raise BadInput(
                f"{where}: 'shape' is {declared[0]} × {declared[1]}, but an image has {count} pixels; correct 'shape'"
            )
        return declared
    if len(sides) == 2:
        return sides[0], sides[1]
    side = math.isqrt(count)
    if side * side != count:
        side = math.isqrt(count // 3)
        colour = f", or 'shape: [{side}, {side}]' and 'channels: 3' where they are in colour" * (
            3 * side * side == count
        )
        raise BadInput(f"{where}: {count} pixels are not a square; set 'shape: [height, width]'{colour}, {REMEDY}")
    return side, side


def _by(sides: list[int]) -> str:
    return " × ".join(map(str, sides))
