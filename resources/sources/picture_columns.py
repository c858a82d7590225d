"""Columns of pictures as people hold them, converted to pixels: encoded bytes, paths to files, lists of pixels.

Encoded bytes are Binary, the structures ``{bytes, path}`` of the Hugging Face Hub, or base64 in text.
"""

import base64
import binascii
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.schema import Role
from outcross.resources.sources.column_setting import ColumnSetting
from outcross.resources.sources.encoded_images import REMEDY, DecodedImages, decode_images, is_encoded_image
from outcross.resources.sources.image_paths import find_image, names_images, open_image_paths
from outcross.resources.sources.images import CHANNELS
from outcross.resources.sources.lists import PICTURE_NAMES, are_pictures
from outcross.resources.sources.locate import SourceFile

Settings = Mapping[str, ColumnSetting]

_BASE64 = r"^(?:data:image/[\w.+-]+;base64,)?(?:iVBORw0KGgo|/9j/|UklGR|R0lGOD|Qk0|SUkq|TU0AK)[A-Za-z0-9+/\s]*={0,2}\s*$"


@dataclass(frozen=True)
class Converted:
    """The columns of a source after its pictures were converted.

    Attributes:
        rows: the columns, pictures as ``Array(UInt8, height × width × channels)``.
        columns: the settings of columns, with those of the pictures.
        told: column of pictures → what was changed in it.
    """

    rows: pl.DataFrame
    columns: dict[str, ColumnSetting]
    told: dict[str, list[str]]


def open_pictures(
    raw: pl.DataFrame, settings: Settings, *, file: SourceFile, base: Path
) -> tuple[pl.DataFrame, list[str]]:
    """Read the image files that columns of one file name, with a note on each such column.

    Args:
        raw: the columns of the file.
        settings: column → its settings; a column of another role than ``image`` is left as it is.
        file: which paths are relative to, in the first place.
        base: which they are relative to otherwise.

    Raises:
        BadInput: an image file does not exist, or cannot be opened.
    """
    notes: list[str] = []
    for name in raw.columns:
        where = f"file {file.name!r}, column {name!r}"
        if _is_of_paths(raw[name], settings.get(name)):
            raw = _replace(raw, open_image_paths(raw[name], file=file, base=base, where=where))
            notes.append(f"column {name!r} names image files: read as images")
        elif is_of_structures(raw[name]) and _may_be_image(settings.get(name)):
            raw = _replace(raw, _structures(raw[name], file=file, base=base, where=where))
    return raw, notes


def image_files(raw: pl.DataFrame, settings: Settings, *, file: SourceFile, base: Path) -> list[SourceFile]:
    """Return the image files that columns of one file name; raises ``BadInput`` if one does not exist."""
    return [
        find_image(value, file=file, base=base, where=f"file {file.name!r}, column {name!r}, row {number}")
        for name in raw.columns
        if _is_of_paths(raw[name], settings.get(name))
        for number, value in enumerate(raw[name], start=1)
    ]


def convert_pictures(
    raw: pl.DataFrame,
    settings: Settings,
    *,
    size: tuple[int, int] | None,
    grey: bool,
    where: str,
    files: Sequence[str] = (),
) -> Converted:
    """Convert every column of pictures to pixels, grey or of three channels.

    Lists of grey pixels of one size, and flat lists, are left as they are:
    :mod:`outcross.resources.sources.images` reads them.

    Args:
        raw: the columns, of which those of paths are read already.
        settings: column → its settings.
        size: (height, width) that all pictures are resized to; None leaves them.
        grey: whether colour is converted to grey.
        where: the source, as messages name it.
        files: the image file of each row, where rows are files.

    Raises:
        BadInput: a picture cannot be read, or ``size`` or ``grey`` is set where there is none.
    """
    columns, told = dict(settings), dict[str, list[str]]()
    for name in raw.columns:
        setting, place = settings.get(name), f"{where}, column {name!r}"
        if not _may_be_image(setting):
            continue
        contents = _contents(raw[name], setting, convert=size is not None or grey, where=place)
        if contents is None:
            continue
        found = decode_images(contents, size=size, grey=grey, where=place, files=files)
        if setting is not None and setting.channels == 3 and found.channels == 1:
            found = found.in_colour()
        raw = _replace(raw, pl.Series(name, found.pixels, dtype=pl.Array(pl.UInt8, found.pixels.shape[1])))
        columns[name] = _with_shape(
            setting or ColumnSetting(role=Role.IMAGE), found, resized=size is not None, where=place
        )
        told[name] = found.notes
    if not told and (size is not None or grey):
        key = "size" if size is not None else "grey"
        raise BadInput(f"{where}: no column holds pictures, which {key!r} is for; remove {key!r}")
    return Converted(raw, columns, told)


def is_of_structures(values: pl.Series) -> bool:
    """Return whether a column holds structures ``{bytes, path}``, as the Hub stores images and sounds."""
    return isinstance(values.dtype, pl.Struct) and {field.name for field in values.dtype.fields} == {"bytes", "path"}


def _replace(raw: pl.DataFrame, values: pl.Series) -> pl.DataFrame:
    """Return the columns with other values in one of them."""
    return pl.DataFrame([values if name == values.name else raw[name] for name in raw.columns])


def _may_be_image(setting: ColumnSetting | None) -> bool:
    return setting is None or setting.role is Role.IMAGE


def _is_of_paths(values: pl.Series, setting: ColumnSetting | None) -> bool:
    if values.dtype != pl.String or values.null_count() == len(values) or not _may_be_image(setting):
        return False
    return names_images(values) or (setting is not None and not is_base64(values))


def is_base64(values: pl.Series) -> bool:
    """Return whether every value of a column of text is an encoded image in base64."""
    present = values.alias("").drop_nulls()
    return bool(len(present)) and bool(present.str.contains(_BASE64).all())


def _structures(values: pl.Series, *, file: SourceFile, base: Path, where: str) -> pl.Series:
    """Return the bytes of structures; where they are null, those of the file at their path."""
    pairs = zip(values.struct.field("bytes"), values.struct.field("path"), strict=True)
    contents = [
        find_image(path, file=file, base=base, where=f"{where}, row {number}").read()
        if content is None and path is not None
        else content
        for number, (content, path) in enumerate(pairs, start=1)
    ]
    return pl.Series(values.name, contents, dtype=pl.Binary)


def _contents(
    values: pl.Series, setting: ColumnSetting | None, *, convert: bool, where: str
) -> list[bytes | np.ndarray] | None:
    """Return what a column holds of pictures; None where there are none, or lists that need no conversion."""
    contents: list[bytes | None]
    if values.dtype == pl.Binary:
        contents = values.to_list()
        named = values.name.lower() in PICTURE_NAMES
        if (
            setting is None
            and not named
            and not any(is_encoded_image(content) for content in contents if content is not None)
        ):
            return None
    elif values.dtype == pl.String and is_base64(values):
        contents = [None if value is None else decode_base64(value, where) for value in values]
    elif isinstance(values.dtype, pl.List | pl.Array) and (setting is not None or _of_numbers(values)):
        return _pixels(values, setting, where) if convert or _has_channels(values) else None
    else:
        return None
    if nulls := contents.count(None):
        raise BadInput(f"{where}: {nulls:,} images are missing; drop those rows, {REMEDY}")
    return [content for content in contents if content is not None]


def decode_base64(value: str, where: str) -> bytes:
    """Decode base64, of a data URL too; raises ``BadInput`` where it is not whole."""
    try:
        return base64.b64decode(value.partition("base64,")[2] or value)
    except binascii.Error as error:
        raise BadInput(f"{where}: an image is not whole base64 ({error}); write it again, {REMEDY}") from error


def _of_numbers(values: pl.Series) -> bool:
    """Return whether lists are of numbers, and either nested or taken for pictures."""
    depth = 0
    inner: Any = values.dtype
    while isinstance(inner, pl.List | pl.Array):
        inner, depth = inner.inner, depth + 1
    return bool(inner.is_numeric()) and (depth > 1 or are_pictures(values, name=values.name))


def _has_channels(values: pl.Series) -> bool:
    """Return whether the first list has the three or four channels of colour, first or last."""
    present = values.drop_nulls()
    first = present[0] if len(present) else None
    try:
        array = np.array(first.to_list(), dtype=np.float64) if isinstance(first, pl.Series) else np.zeros(0)
    except (TypeError, ValueError):
        return False
    return array.ndim > 2 and (last := _channels_last(array)).ndim == 3 and last.shape[-1] in CHANNELS


def _pixels(values: pl.Series, setting: ColumnSetting | None, where: str) -> list[bytes | np.ndarray]:
    """Return lists of pixels as arrays (height, width) or (height, width, channels)."""
    arrays: list[bytes | np.ndarray] = []
    for number in range(len(values)):
        value = values[number]  # one at a time: a list of Python's numbers is many times as large
        arrays.append(pixels_of_list(None if value is None else value.to_list(), setting, f"{where}, row {number + 1}"))
    return arrays


def pixels_of_list(value: Any, setting: ColumnSetting | None, where: str) -> np.ndarray:
    """Return a list of pixels as an array (height, width) or (height, width, channels); raises ``BadInput``."""
    try:
        array = _channels_last(np.array(value, dtype=np.float64))
    except (TypeError, ValueError):  # null, text, or rows of pixels of unequal lengths
        raise BadInput(f"{where}: the lists are no picture of numbers; correct or drop that row, {REMEDY}") from None
    if array.ndim == 1:
        array = _unflatten(array, setting, where)
    if array.ndim == 3 and array.shape[-1] not in CHANNELS:
        sides = " × ".join(map(str, array.shape))
        raise BadInput(f"{where}: an image has 3 dimensions ({sides}); keep the height and width of each, {REMEDY}")
    if array.ndim > 3 or not array.size or not (array.min() >= 0 and array.max() <= 255 and (array % 1 == 0).all()):
        raise BadInput(
            f"{where}: pixels are not whole numbers 0..255 of an image; scale them to 0..255 and round, {REMEDY}"
        )
    return np.ascontiguousarray(array, dtype=np.uint8)


def _unflatten(array: np.ndarray, setting: ColumnSetting | None, where: str) -> np.ndarray:
    """Arrange a flat list as (height, width), or as (height, width, 3) where the settings say so."""
    channels = 1 if setting is None else setting.channels or 1
    if len(array) % channels:
        raise BadInput(
            f"{where}: {len(array)} values are not {channels} channels of each pixel; correct 'channels', {REMEDY}"
        )
    shape = _square(len(array) // channels, setting, where)
    return array.reshape(shape if channels == 1 else (*shape, channels))


def _square(count: int, setting: ColumnSetting | None, where: str) -> tuple[int, int]:
    shape = (math.isqrt(count),) * 2 if setting is None or setting.shape is None else setting.shape
    if shape[0] * shape[1] != count:
        raise BadInput(
            f"{where}: {count} pixels are not {shape[0]} × {shape[1]}; store each picture as a list of its rows, or "
            f"set 'shape: [height, width]' {REMEDY}"
        )
    return shape


def _channels_last(array: np.ndarray) -> np.ndarray:
    """Drop sides of one pixel beyond two, and put the channels of colour last."""
    while array.ndim > 2 and 1 in (array.shape[0], array.shape[-1]):
        array = array[0] if array.shape[0] == 1 else array[..., 0]
    if array.ndim == 3 and array.shape[-1] not in CHANNELS and array.shape[0] in CHANNELS:
        return np.moveaxis(array, 0, -1)
    return array


def _with_shape(setting: ColumnSetting, found: DecodedImages, *, resized: bool, where: str) -> ColumnSetting:
    shape, channels = found.shape, 3 if found.channels == 3 else None
    if setting.shape is not None and setting.shape != shape and not resized:
        raise BadInput(
            f"{where}: 'shape' is {setting.shape[0]} × {setting.shape[1]}, but the images have {shape[0]} × "
            f"{shape[1]} pixels; remove 'shape', or set 'size: [{setting.shape[0]}, {setting.shape[1]}]' to resize them"
        )
    if channels == 3 and setting.channels == 1:
        raise BadInput(
            f"{where}: 'channels' is 1, but there are images in colour; remove 'channels', or set 'grey: true' to "
            "convert them"
        )
    return setting.model_copy(update={"shape": shape, "levels": setting.levels or found.levels, "channels": channels})
