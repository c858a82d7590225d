"""Small pictures of rows, real next to synthetic: a grid of images, marginals of a table, or an excerpt of text."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.marginals import draw_marginals
from outcross.resources.safe_text import markdown
from outcross.resources.schema import Column, Schema

_GRID_ROWS, _GRID_COLUMNS, _EXCERPTS = 4, 10, 3
_EXCERPT = 300
"""Characters of a text that a picture of texts quotes."""


@dataclass(frozen=True)
class Picture:
    """A PNG, or an excerpt where rows are text; ``markdown`` goes below the one, or shows the other."""

    png: bytes | None
    markdown: str
    excerpt: str = ""


def picture(groups: Mapping[str, pl.DataFrame], schema: Schema) -> Picture:
    """Draw the first rows of each named group side by side.

    Args:
        groups: title → rows with the schema's columns (further columns are ignored).
        schema: the columns' roles.
    """
    titles = " | ".join(groups)
    if schema.image is not None:
        return Picture(
            _side_by_side([image_grid(rows, schema.image) for rows in groups.values()]), f"left to right: {titles}"
        )
    if schema.text is not None:
        excerpts = {name: rows[schema.text.name].head(_EXCERPTS).to_list() for name, rows in groups.items()}
        quoted = [
            f"**{name}**\n\n" + "\n\n".join(f"> {markdown(text, _EXCERPT)}" for text in texts)
            for name, texts in excerpts.items()
        ]
        plain = "\n\n".join(text[:_EXCERPT] for texts in excerpts.values() for text in texts)
        return Picture(None, "\n\n".join(quoted), plain)
    return Picture(draw_marginals(groups, schema), f"in order: {titles}")


def image_grid(rows: pl.DataFrame, column: Column, *, scale: int = 3) -> np.ndarray:
    """Tile the first forty images: dark ink on white, uint8 [height, width], or in their colours [height, width, 3]."""
    pixels = rows[column.name].head(_GRID_ROWS * _GRID_COLUMNS).to_numpy().astype(np.float64)
    images = np.full((_GRID_ROWS * _GRID_COLUMNS, *column.axes), float(column.in_colour))
    images[: len(pixels)] = pixels.reshape(-1, *column.axes) / (column.levels or 255)
    height, width, *channels = column.axes
    tiles = images.reshape(_GRID_ROWS, _GRID_COLUMNS, *column.axes).swapaxes(1, 2)
    sheet = tiles.reshape(_GRID_ROWS * height, _GRID_COLUMNS * width, *channels)
    grid = (255 * (sheet if column.in_colour else 1 - sheet)).astype(np.uint8)
    times = max(1, scale * 8 // height)
    return grid.repeat(times, axis=0).repeat(times, axis=1)


def png(pixels: np.ndarray) -> bytes:
    """Encode grey values, or red, green and blue, as PNG; the same pixels give the same bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=False)
    return buffer.getvalue()


def _side_by_side(grids: list[np.ndarray]) -> bytes:
    gap = np.full((grids[0].shape[0], 12, *grids[0].shape[2:]), 160, np.uint8)
    return png(np.hstack([part for grid in grids for part in (grid, gap)][:-1]))
