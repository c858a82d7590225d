"""Pictures of a batch or of a command as pixels of the shape, channels and values that a column has.

What a source may hold, see :mod:`.picture_columns`, a batch may hold too: lists of pixels, encoded bytes, structures
``{bytes, path}``, base64. A picture that does not fit has a reason, and the others are read.
"""

import math
from typing import Any

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role
from outcross.resources.sources.column_setting import ColumnSetting
from outcross.resources.sources.encoded_images import decode_images
from outcross.resources.sources.images import read_images
from outcross.resources.sources.picture_columns import decode_base64, is_base64, is_of_structures, pixels_of_list

AT_A_TIME = 256
"""Pictures that are read together; where one of them does not fit, each is read alone."""
_WHERE = "the picture"
_NESTED = "nested lists are read one by one"


def fit_pictures(
    values: pl.Series, column: Column, *, size: tuple[int, int] | None = None, grey: bool = False
) -> tuple[pl.Series, pl.Series]:
    """Convert pictures to canonical ones of a column.

    Args:
        values: of any type.
        column: of pictures.
        size: (height, width) that the pictures of the column were resized to; None leaves them.
        grey: whether colour is converted.

    Returns the pictures, of no meaning where one does not fit, and (rows,) String: why it does not, or null.
    """
    pixels = np.zeros((len(values), math.prod(column.axes)), dtype=np.uint8)
    reasons: list[str | None] = [None] * len(values)
    as_they_are = isinstance(values.dtype, pl.List | pl.Array) and size is None and not grey
    for start in range(0, len(values), AT_A_TIME):
        part = values.slice(start, AT_A_TIME)
        if as_they_are:
            try:
                pixels[start : start + len(part)] = _read_lists(part, column)
                continue
            except BadInput:
                pass
        for number, value in enumerate(_contents(part)):
            place = start + number
            try:
                if as_they_are and value is not None and not _has_channels(value, column):
                    pixels[place] = _read_lists(part.slice(number, 1), column)[0]
                else:
                    pixels[place] = _fit(value, column, size=size, grey=grey)
            except BadInput as error:
                reasons[place] = _problem(error)
    fitted = pl.Series(column.name, pixels, dtype=column.dtype)
    return fitted, pl.Series("reason", reasons, dtype=pl.String)


def _contents(values: pl.Series) -> list[Any]:
    """Return the bytes of structures, and other values as they are."""
    return (values.struct.field("bytes") if is_of_structures(values) else values).to_list()


def _read_lists(values: pl.Series, column: Column) -> np.ndarray:
    """Read lists of pixels; nested ones must be grey and have the column's sides."""
    inner: Any = values.dtype
    nested = isinstance(inner.inner, pl.List | pl.Array)
    if nested and column.in_colour:
        raise BadInput(f"{_WHERE}: {_NESTED}")
    pictures, shape, _ = read_images(
        values,
        shape=None if nested else column.shape,
        levels=column.levels or 255,
        channels=1 if nested else column.channels,
        where=_WHERE,
    )
    _refuse_shape(shape, column)
    result: np.ndarray = pictures.to_numpy()
    return result


def _fit(value: Any, column: Column, *, size: tuple[int, int] | None, grey: bool) -> np.ndarray:
    """Read one picture as (pixels,)."""
    if value is None:
        raise BadInput(f"{_WHERE}: has no value, and the anchor's always has one; drop it")
    if isinstance(value, str):
        if not is_base64(pl.Series([value])):
            raise BadInput(f"{_WHERE}: holds text that is no picture, such as a path; send the bytes of the image file")
        value = decode_base64(value, _WHERE)
    elif isinstance(value, list):
        setting = ColumnSetting(
            role=Role.IMAGE, shape=column.shape if size is None else None, channels=3 if column.in_colour else None
        )
        value = pixels_of_list(value, setting, _WHERE)
    elif not isinstance(value, bytes):
        raise BadInput(f"{_WHERE}: holds {type(value).__name__}, which is no picture; send pixels or encoded images")
    is_list = isinstance(value, np.ndarray)
    found = decode_images([value], size=size, grey=grey, where=_WHERE)
    _refuse_shape(found.shape, column)
    if found.channels > column.channels:
        raise BadInput(f"{_WHERE}: is in colour, and the anchor's are grey; convert it to grey")
    return _scale(
        found.pixels[0].repeat(column.channels // found.channels),
        255 if is_list else found.levels,
        column.levels or 255,
    )


def _has_channels(value: Any, column: Column) -> bool:
    """Whether a list is nested, and may have the channels of colour: it is then read as an encoded image is."""
    nested = isinstance(value, list) and len(value) > 0 and isinstance(value[0], list)
    return nested and (column.in_colour or (len(value[0]) > 0 and isinstance(value[0][0], list)))


def _refuse_shape(shape: tuple[int, int], column: Column) -> None:
    if shape != column.shape:
        assert column.shape is not None
        found, wanted = (f"{each[0]} × {each[1]}" for each in (shape, column.shape))
        raise BadInput(f"{_WHERE}: has {found} pixels, and the anchor's have {wanted}; resize it")


def _scale(pixels: np.ndarray, levels: int, wanted: int) -> np.ndarray:
    """Give grey values the column's scale: black and white have its ends, and others stay as they are."""
    if levels == 1:
        return pixels * np.uint8(wanted)
    highest = int(pixels.max())
    if wanted == 1 and set(np.unique(pixels)) <= {0, 255}:
        return (pixels > 0).astype(np.uint8)
    if highest > wanted:
        raise BadInput(f"{_WHERE}: has a pixel of {highest}, and the anchor's have at most {wanted}; scale it")
    return pixels


def _problem(error: BadInput) -> str:
    """The fault of an error, without the place and the remedy, as what a column ``holds`` or ``has``."""
    fault = str(error).removeprefix(f"{_WHERE}, row 1: ").removeprefix(f"{_WHERE}: ").partition("; ")[0]
    if fault.startswith("has no value"):
        return fault
    return (
        f"holds a picture that does not fit: it {fault}"
        if fault.startswith(("has ", "holds ", "is "))
        else (f"holds a picture that does not fit: {fault}")
    )
