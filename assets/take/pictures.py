"""Rows of pictures as image files: those that came as files as they came, the others as PNG; a folder a class."""

import io
from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np
import polars as pl

from outcross.resources.carried.as_came import CONTENT, NAME
from outcross.resources.carried.rows import Rows
from outcross.resources.schema import Column


def picture_files(rows: Rows) -> Iterator[tuple[str, bytes]]:
    """Yield the name within its folder, and the bytes, of the image file of each row, in their order.

    Files of one name are told apart by a number.
    """
    label = rows.schema.label
    taken: dict[str, int] = {}
    for place, (name, content) in enumerate(_files(rows)):
        path = PurePosixPath(name)
        folder = "" if label is None else f"{_safe(str(rows.rows[label.name][place]))}/"
        times = taken.get(folder + path.name, 0)
        taken[folder + path.name] = times + 1
        yield folder + (path.name if not times else f"{path.stem}-{times + 1}{path.suffix}"), content


def _files(rows: Rows) -> list[tuple[str, bytes]]:
    found = [("", b"")] * rows.height
    if rows.carried is not None:
        for came, places, positions in rows.carried.pieces():
            if came.are_pictures:
                table = came.take(places).table
                files = zip(table.column(NAME).to_pylist(), table.column(CONTENT).to_pylist(), strict=True)
                for position, (name, content) in zip(positions, files, strict=True):
                    found[position] = (PurePosixPath(name.replace("\\", "/")).name, content)
    image = rows.schema.image
    assert image is not None
    digits = len(str(max(rows.height - 1, 0)))
    for place, (name, _) in enumerate(found):
        if not name:
            found[place] = (f"{place:0{digits}}.png", _png(rows.rows[image.name], place, image))
    return found


def _png(pictures: pl.Series, place: int, column: Column) -> bytes:
    from PIL import Image

    levels = column.levels or 255
    values = np.asarray(pictures[place].to_list(), dtype=np.float64).reshape(column.axes)
    picture = Image.fromarray(np.rint(values * 255 / levels).astype(np.uint8))
    buffer = io.BytesIO()
    picture.save(buffer, "PNG")
    return buffer.getvalue()


def _safe(label: str) -> str:
    """A label as the name of a folder."""
    return label.replace("/", "_").strip(".") or "_"
