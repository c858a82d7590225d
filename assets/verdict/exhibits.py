"""Exhibits laid out for a page: the same draws down the side, what became of them over generations to the right."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import NamedTuple

import numpy as np
import polars as pl

from outcross.resources.schema import Column, Schema

TILE = 32
"""Largest height or width of an image on the page, in pixels: a page holds thousands of them."""
ENLARGED = 28
"""Smaller images are enlarged to about this many pixels."""
REAL_ACROSS = 3
"""Real images in a row for each place."""
EXCERPT = 300
"""Characters of a text that are shown."""
REPEATED_WORDS = 2
"""Shortest run of words that counts as kept from the generation before; single words and signs agree by chance."""
_GAP, _SHADES = 0.2, 16


class Words(NamedTuple):
    """A stretch of a text, and whether the generation before had it too."""

    text: str
    same: bool


@dataclass(frozen=True, kw_only=True)
class Exhibit:
    """What one replicate of an arm made of the same draws, generation after generation.

    Attributes:
        arm: or a heading of its own, for real rows.
        replicate: its number.
        generations: what the columns are, ascending; empty for real rows.
        image: PNG: a place to a row, a generation to a column.
        size: width and height of that PNG in pixels.
        enlarged: pixels of the page for each of these: a whole number, or they would be of unequal sizes.
        classes: label → rows of its own, from the top; empty where there are no labels.
        texts: place → generation → the text in stretches.
    """

    arm: str
    replicate: int
    generations: tuple[int, ...]
    image: bytes | None = None
    size: tuple[int, int] = (0, 0)
    enlarged: int = 1
    classes: tuple[tuple[str, int], ...] = ()
    texts: tuple[tuple[tuple[Words, ...], ...], ...] = ()


def image_exhibit(frames: Mapping[int, pl.DataFrame], schema: Schema, *, arm: str, replicate: int) -> Exhibit:
    """Lay out the images of a replicate.

    Args:
        frames: generation → ``row`` and the schema's columns; the same row is the same draw. An image may be null.
        schema: the columns' roles.
        arm: whose they are.
        replicate: its number.
    """
    assert schema.image is not None
    generations, label = sorted(frames), schema.label
    order = frames[generations[0]].sort(*([] if label is None else [label.name]), "row", nulls_last=True)
    placed = [order.select("row").join(frames[g], on="row", how="left", maintain_order="left") for g in generations]
    tiles = np.stack([_tiles(rows[schema.image.name], schema.image) for rows in placed], axis=1)
    classes = () if label is None else _runs(order[label.name])
    return _pictured(tiles, classes, arm=arm, replicate=replicate, generations=tuple(generations))


def real_images(rows: pl.DataFrame, schema: Schema, *, classes: Sequence[tuple[str, int]]) -> Exhibit:
    """Lay out the first real images of each class, as many rows of them as an exhibit has; of all, without classes."""
    column, label = schema.image, schema.label
    assert column is not None
    parts = []
    for name, count in classes if label is not None else ():
        own = rows.filter(pl.col(label.name) == name)[column.name].head(count * REAL_ACROSS)  # type: ignore[union-attr]
        parts.append(own.extend_constant(None, count * REAL_ACROSS - len(own)))
    images = pl.concat(parts) if parts else rows[column.name].head(10 * REAL_ACROSS)
    tiles = _tiles(images.extend_constant(None, -len(images) % REAL_ACROSS), column)
    rows_of = tiles.reshape(-1, REAL_ACROSS, *tiles.shape[1:])
    return _pictured(rows_of, tuple(classes), arm="real rows", replicate=0, generations=())


def text_exhibit(frames: Mapping[int, pl.DataFrame], schema: Schema, *, arm: str, replicate: int) -> Exhibit:
    """Lay out the texts of a replicate; arguments as of :func:`image_exhibit`."""
    assert schema.text is not None
    generations = sorted(frames)
    columns = [[text[:EXCERPT] for text in frames[g].sort("row")[schema.text.name]] for g in generations]
    texts = tuple(
        tuple(_compared(before, text) for before, text in zip(("", *row), row, strict=False))
        for row in zip(*columns, strict=True)
    )
    return Exhibit(arm=arm, replicate=replicate, generations=tuple(generations), texts=texts)


def _pictured(
    tiles: np.ndarray, classes: tuple[tuple[str, int], ...], *, arm: str, replicate: int, generations: tuple[int, ...]
) -> Exhibit:
    """Put tiles (rows, columns, height, width) into one picture."""
    image, size = _sheet(tiles, classes)
    enlarged = max(1, round(ENLARGED / (max(tiles.shape[2:]) + 1)))
    return Exhibit(
        arm=arm,
        replicate=replicate,
        generations=generations,
        image=image,
        size=size,
        enlarged=enlarged,
        classes=classes,
    )


def _compared(before: str, text: str) -> tuple[Words, ...]:
    """Split a text into runs that the one before had too, in the same order, and runs that are new."""
    words = re.findall(r"\s*\S+\s*", text)
    earlier, now = ([word.strip() for word in re.findall(r"\S+", each)] for each in (before, text))
    same = np.zeros(len(words), dtype=bool)
    for block in SequenceMatcher(None, earlier, now, autojunk=False).get_matching_blocks():
        run = slice(block.b, block.b + block.size)
        same[run] = sum(any(map(str.isalnum, word)) for word in now[run]) >= REPEATED_WORDS
    runs = groupby(zip(words, same.tolist(), strict=True), key=lambda pair: pair[1])
    return tuple(Words("".join(word for word, _ in pairs), known) for known, pairs in runs)


def _runs(labels: pl.Series) -> tuple[tuple[str, int], ...]:
    return tuple(("–" if name is None else str(name), len(list(run))) for name, run in groupby(labels.to_list()))


def _tiles(images: pl.Series, column: Column) -> np.ndarray:
    """Return the ink, 0..1, of each image, float32 (N, height, width); NaN where there is none."""
    from PIL import Image

    assert column.shape is not None
    height, width = column.shape
    known = images.is_not_null().to_numpy()
    ink = np.full((len(images), height, width), np.nan, dtype=np.float32)
    ink[known] = images.drop_nulls().to_numpy().reshape(-1, height, width) / (column.levels or 255)
    larger = max(height, width) / TILE
    if larger <= 1:
        return ink
    size = max(1, round(width / larger)), max(1, round(height / larger))
    return np.stack([np.asarray(Image.fromarray(each).resize(size, Image.Resampling.BOX)) for each in ink])


def _sheet(tiles: np.ndarray, classes: Sequence[tuple[str, int]]) -> tuple[bytes, tuple[int, int]]:
    """Lay out tiles (rows, columns, height, width), dark ink on white, as a PNG of 16 greys; return it and its size.

    There is a gap between tiles, and a wider one below each class.
    """
    from PIL import Image

    rows, columns, height, width = tiles.shape
    spaced = np.full((rows, columns, height + 1, width + 1), _GAP)
    spaced[:, :, :height, :width] = np.where(np.isnan(tiles), _GAP, tiles)
    ink = spaced.transpose(0, 2, 1, 3).reshape(rows * (height + 1), columns * (width + 1))[:-1, :-1]
    ends = np.cumsum([count for _, count in classes], dtype=np.int64)[:-1]
    ink = np.insert(ink, ends * (height + 1), _GAP, axis=0)
    greys = np.rint((_SHADES - 1) * (1 - ink.clip(0, 1))).astype(np.uint8)
    image = Image.frombytes("P", greys.shape[::-1], greys.tobytes())
    image.putpalette([value for shade in range(_SHADES) for value in [255 * shade // (_SHADES - 1)] * 3])
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", bits=4, optimize=True)
    return buffer.getvalue(), image.size
