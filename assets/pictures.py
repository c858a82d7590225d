"""Small pictures of rows, real next to synthetic: a grid of images, marginals of a table, or an excerpt of text."""

import io
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.resources.schema import Column, Schema

_GRID_ROWS, _GRID_COLUMNS, _PANELS, _EXCERPTS = 4, 10, 8, 3
_PALETTE = (255, 255, 255, 0, 0, 0, 31, 119, 180, 255, 127, 14)
"""White, black, and Matplotlib's first two colours, as red, green, blue."""


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
            f"**{name}**\n\n" + "\n\n".join(f"> {text[:300]}" for text in texts) for name, texts in excerpts.items()
        ]
        plain = "\n\n".join(text[:300] for texts in excerpts.values() for text in texts)
        return Picture(None, "\n\n".join(quoted), plain)
    return Picture(marginals(groups, schema), f"in order: {titles}")


def image_grid(rows: pl.DataFrame, column: Column, *, scale: int = 3) -> np.ndarray:
    """Tile the first forty images, dark ink on white; uint8 [height, width]."""
    assert column.shape is not None
    height, width = column.shape
    pixels = rows[column.name].head(_GRID_ROWS * _GRID_COLUMNS).to_numpy().astype(np.float64)
    images = np.zeros((_GRID_ROWS * _GRID_COLUMNS, height, width))
    images[: len(pixels)] = pixels.reshape(-1, height, width) / (column.levels or 255)
    tiles = images.reshape(_GRID_ROWS, _GRID_COLUMNS, height, width).transpose(0, 2, 1, 3)
    grid = (255 * (1 - tiles.reshape(_GRID_ROWS * height, _GRID_COLUMNS * width))).astype(np.uint8)
    times = max(1, scale * 8 // height)
    return grid.repeat(times, axis=0).repeat(times, axis=1)


def png(pixels: np.ndarray) -> bytes:
    """Encode grey values as PNG; the same pixels give the same bytes."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, format="PNG", optimize=False)
    return buffer.getvalue()


def marginals(groups: Mapping[str, pl.DataFrame], schema: Schema) -> bytes:
    """Draw the distribution of the first eight columns, a line or bar per group, as PNG."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    columns = [*schema.discrete, *schema.numeric][:_PANELS]
    across = min(4, len(columns))
    down = -(-len(columns) // across)
    # Placed by hand and with two ticks an axis: this is drawn with every dataset, and layout and ticks are what costs.
    figure = Figure(figsize=(2.4 * across, 1.7 * down))
    figure.subplots_adjust(left=0.08 / across + 0.02, right=0.99, top=1 - 0.16 / down, bottom=0.14 / down, hspace=0.5)
    FigureCanvasAgg(figure)
    for index, column in enumerate(columns):
        axes = figure.add_subplot(down, across, index + 1)
        axes.set_title(column.name[:24], fontsize=8)
        axes.tick_params(labelsize=6)
        axes.set_yticks([])
        axes.locator_params(axis="x", nbins=2)
        for name, heights, edges in _histograms(groups, column):
            axes.stairs(heights, edges, label=name, linewidth=1.2)
        if index == 0:
            axes.legend(fontsize=6, frameon=False)
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", dpi=80, metadata={"Software": None})
    return _with_palette(buffer)


def _with_palette(drawn: io.BytesIO) -> bytes:
    """Encode a drawing of up to two groups again, with a palette: a sixth of the bytes, and it looks the same."""
    from PIL import Image

    palette, buffer = Image.new("P", (1, 1)), io.BytesIO()
    palette.putpalette(_PALETTE)
    few = Image.open(drawn).convert("RGB").quantize(palette=palette, dither=Image.Dither.NONE)
    few.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


def _histograms(groups: Mapping[str, pl.DataFrame], column: Column) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Shares of rows in bins (numeric) or levels (the twelve most frequent) that all groups have in common."""
    first = next(iter(groups.values()))[column.name].drop_nulls()
    if column.dtype.is_numeric():
        edges = np.histogram_bin_edges(first.to_numpy().astype(float), bins=24)
        counted = {
            name: np.histogram(rows[column.name].drop_nulls().to_numpy().astype(float), edges)[0]
            for name, rows in groups.items()
        }
    else:
        levels = first.value_counts(sort=True)[column.name].head(12).to_list()
        edges = np.arange(len(levels) + 1) - 0.5
        counted = {
            name: np.array([(rows[column.name] == level).sum() for level in levels]) for name, rows in groups.items()
        }
    return [(name, counts / max(1, groups[name].height), edges) for name, counts in counted.items()]


def _side_by_side(grids: list[np.ndarray]) -> bytes:
    gap = np.full((grids[0].shape[0], 12), 160, np.uint8)
    return png(np.hstack([part for grid in grids for part in (grid, gap)][:-1]))
