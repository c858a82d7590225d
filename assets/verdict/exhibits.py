"""Exhibits laid out for a page: the same draws down the side, what became of them over generations to the right."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import polars as pl

from outcross.resources.schema import Column, Schema

if TYPE_CHECKING:
    from PIL.Image import Image

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
_GAP, _SHADES, _COLOURS = 0.2, 16, 64


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


def image_row(images: pl.Series, column: Column, *, name: str) -> Exhibit:
    """Lay out a few images side by side, in their order."""
    return _pictured(_tiles(images, column)[np.newaxis], (), arm=name, replicate=0, generations=())


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
    """Put tiles (rows, columns, height, width), perhaps of 3 channels, into one picture."""
    image, size = _sheet(tiles, classes)
    enlarged = max(1, round(ENLARGED / (max(tiles.shape[2:4]) + 1)))
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
    """Return each image with values 0..1, float32 (N, height, width), or of 3 channels; NaN where there is none.

    Grey values are ink; red, green and blue are light.
    """
    known = images.is_not_null().to_numpy()
    values = np.full((len(images), *column.axes), np.nan, dtype=np.float32)
    values[known] = images.drop_nulls().to_numpy().reshape(-1, *column.axes) / (column.levels or 255)
    height, width = column.axes[:2]
    larger = max(height, width) / TILE
    if larger <= 1:
        return values
    size = max(1, round(width / larger)), max(1, round(height / larger))
    if not column.in_colour:
        return np.stack([_shrink(each, size) for each in values])
    return np.stack([np.dstack([_shrink(each[..., channel], size) for channel in range(3)]) for each in values])


def _shrink(values: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    from PIL import Image

    return np.asarray(Image.fromarray(np.ascontiguousarray(values)).resize(size, Image.Resampling.BOX))


def _sheet(tiles: np.ndarray, classes: Sequence[tuple[str, int]]) -> tuple[bytes, tuple[int, int]]:
    """Lay out tiles (rows, columns, height, width) as a PNG; return it and its size.

    Grey tiles are dark ink on white in 16 greys; tiles of 3 channels have at most 64 colours. There is a gap between
    tiles, and a wider one below each class.
    """
    rows, columns, height, width, *channels = tiles.shape
    gap = 1 - _GAP if channels else _GAP
    spaced = np.full((rows, columns, height + 1, width + 1, *channels), gap)
    spaced[:, :, :height, :width] = np.where(np.isnan(tiles), gap, tiles)
    sheet = spaced.swapaxes(1, 2).reshape(rows * (height + 1), columns * (width + 1), *channels)[:-1, :-1]
    ends = np.cumsum([count for _, count in classes], dtype=np.int64)[:-1]
    sheet = np.insert(sheet, ends * (height + 1), gap, axis=0)
    image, bits = (_coloured(sheet), 8) if channels else (_inked(sheet), 4)
    buffer = io.BytesIO()
    image.save(buffer, format="PNG", bits=bits, optimize=True)
    return buffer.getvalue(), image.size


def _inked(ink: np.ndarray) -> "Image":
    """Return a picture of 16 greys, white where there is no ink."""
    from PIL import Image

    greys = np.rint((_SHADES - 1) * (1 - ink)).astype(np.uint8)
    image = Image.frombytes("P", greys.shape[::-1], greys.tobytes())
    image.putpalette([value for shade in range(_SHADES) for value in [255 * shade // (_SHADES - 1)] * 3])
    return image


def _coloured(light: np.ndarray) -> "Image":
    """Return a picture of a few colours: those of the picture itself, by median cut (Heckbert 1982)."""
    from PIL import Image

    whole = Image.fromarray(np.rint(255 * light).astype(np.uint8))
    return whole.quantize(_COLOURS, method=Image.Quantize.MEDIANCUT)
