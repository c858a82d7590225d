"""The marginals of a table as a picture: how the values of each column are distributed, one group over the other."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from outcross.assets.drawing.ticks import axis_ticks, round_tick
from outcross.assets.instruments.bin_edges import bin_edges
from outcross.resources.schema import Column, Schema
from outcross.resources.sources.canonical import show_moments

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageDraw import ImageDraw
    from PIL.ImageFont import FreeTypeFont, ImageFont

MOST_COLUMNS, MOST_ACROSS, BINS, MOST_LEVELS = 8, 4, 24, 12
PANEL = (192, 136)
"""Width and height of the panel of a column, in pixels."""
PLOT = (36, 19, 180, 115)
"""Left, top, right and bottom of the bars within a panel, in pixels."""
LEGEND = 18
"""Height of the legend above the panels, in pixels."""
WHITE, RULE, GREY, INK = (255, 255, 255), (222, 222, 222), (140, 140, 140), (38, 38, 38)
BLUE, TINT, ORANGE = (31, 119, 180), (199, 221, 236), (214, 96, 16)
_PALETTE = (WHITE, RULE, GREY, INK, BLUE, TINT, ORANGE, (90, 90, 90))
_SHORTEST_LABEL = 34
"""Width in pixels below which the name of a level would say nothing."""


@dataclass(frozen=True)
class Marginal:
    """The distribution of one column in each group.

    Attributes:
        edges: (bins + 1,) edges of the bins of a numeric column, which all groups have in common.
        levels: the most frequent levels of a discrete column in the first group; None for a numeric column.
        shares: name of the group → (bins or levels,) share of its rows.
    """

    edges: np.ndarray
    levels: Sequence[str] | None
    shares: Mapping[str, np.ndarray]


def measure_marginal(groups: Mapping[str, pl.DataFrame], column: Column) -> Marginal:
    """Count the rows of each group in the bins, or levels, of the first group; nulls and others are in none."""
    first = next(iter(groups.values()))[column.name].drop_nulls()
    levels: list[str] | None = None
    if column.dtype.is_numeric():
        edges = bin_edges(_numbers(first), BINS)
        counts = {name: np.histogram(_numbers(rows[column.name]), edges)[0] for name, rows in groups.items()}
    else:
        levels = first.value_counts(sort=True)[column.name].head(MOST_LEVELS).to_list()
        edges = np.arange(len(levels) + 1)
        counts = {
            name: np.array([(rows[column.name] == level).sum() for level in levels]) for name, rows in groups.items()
        }
    shares = {name: each / max(1, groups[name].height) for name, each in counts.items()}
    return Marginal(edges=edges, levels=levels, shares=shares)


def draw_marginals(groups: Mapping[str, pl.DataFrame], schema: Schema) -> bytes:
    """Draw the marginals of the first eight columns as PNG; the same rows give the same bytes.

    The first group is filled, the second a line over it.

    Args:
        groups: one or two names with their rows.
        schema: the columns.
    """
    from PIL import Image, ImageDraw

    columns = [*schema.discrete, *schema.numeric][:MOST_COLUMNS]
    across = min(MOST_ACROSS, len(columns))
    down = -(-len(columns) // across)
    image = Image.new("RGB", (across * PANEL[0], LEGEND + down * PANEL[1]), WHITE)
    draw = ImageDraw.Draw(image)
    _draw_legend(draw, list(groups))
    for place, column in enumerate(columns):
        left, top = place % across * PANEL[0], LEGEND + place // across * PANEL[1]
        _draw_panel(draw, (left, top), column, measure_marginal(groups, column))
    return _encode(image)


def _draw_legend(draw: "ImageDraw", names: Sequence[str]) -> None:
    x = PLOT[0]
    for name, fill, line in zip(names, (TINT, WHITE), (BLUE, ORANGE), strict=False):
        draw.rectangle((x, 5, x + 14, 14), fill=fill)
        draw.line((x, 5, x + 14, 5), fill=line, width=2)
        draw.text((x + 19, 9), name[:40], fill=INK, font=_font(10), anchor="lm")
        x += 19 + int(_font(10).getlength(name[:40])) + 16


def _draw_panel(draw: "ImageDraw", corner: tuple[int, int], column: Column, marginal: Marginal) -> None:
    left, top, right, bottom = (edge + corner[place % 2] for place, edge in enumerate(PLOT))
    draw.text((left, top - 5), column.source_name[:24], fill=INK, font=_font(11), anchor="ls")
    peak = max((float(shares.max()) for shares in marginal.shares.values() if len(shares)), default=0.0)
    if peak > 0:
        tick = round_tick(peak)
        height = bottom - round((bottom - top) * tick / peak)
        draw.line((left, height, right, height), fill=RULE)
        draw.text((left - 4, height), f"{100 * tick:g} %", fill=GREY, font=_font(9), anchor="rm")
        sides = np.linspace(left, right, len(marginal.edges)).round().astype(int).tolist()
        for place, shares in enumerate(marginal.shares.values()):
            heights = (bottom - (bottom - top) * shares / peak).round().astype(int).tolist()
            _draw_steps(draw, sides, heights, bottom, filled=place == 0)
    draw.line((left, bottom, right, bottom), fill=GREY)
    if marginal.levels is not None:
        _label_levels(draw, (left, bottom, right), marginal.levels)
    else:
        _label_numbers(draw, (left, bottom, right), marginal.edges, column)


def _draw_steps(draw: "ImageDraw", sides: list[int], heights: list[int], bottom: int, *, filled: bool) -> None:
    """Draw bars of which each spans two neighbouring sides, filled or as one line over their tops."""
    if filled:
        for left, right, height in zip(sides, sides[1:], heights, strict=False):
            draw.rectangle((left, height, right - 1, bottom), fill=TINT)
    points = [
        (side, height) for left, right, height in zip(sides, sides[1:], heights, strict=False) for side in (left, right)
    ]
    outline = [(sides[0], bottom), *points, (sides[-1], bottom)]
    draw.line(outline, fill=BLUE if filled else ORANGE, width=1 if filled else 2)


def _label_levels(draw: "ImageDraw", axis: tuple[int, int, int], levels: Sequence[str]) -> None:
    left, bottom, right = axis
    width = (right - left) / max(1, len(levels))
    if width < _SHORTEST_LABEL:
        text = f"{len(levels)} levels, the most frequent first"
        draw.text(((left + right) / 2, bottom + 4), text, fill=GREY, font=_font(9), anchor="ma")
        return
    for place, level in enumerate(levels):
        draw.text(
            (left + (place + 0.5) * width, bottom + 4), _cut(level, width - 3), fill=GREY, font=_font(9), anchor="ma"
        )


def _label_numbers(draw: "ImageDraw", axis: tuple[int, int, int], edges: np.ndarray, column: Column) -> None:
    left, bottom, right = axis
    least, most = float(edges[0]), float(edges[-1])
    if column.is_temporal:
        text = " to ".join(spell_count(edge, column) for edge in (np.ceil(least), np.floor(most)))
        draw.text(((left + right) / 2, bottom + 4), text, fill=GREY, font=_font(9), anchor="ma")
        return
    if len(edges) == 2:
        text = f"{least:.6g} to {most:.6g}"
        draw.text(((left + right) / 2, bottom + 4), text, fill=GREY, font=_font(9), anchor="ma")
        return
    for tick in axis_ticks(least, most):
        x = round(left + (right - left) * (tick - least) / (most - least))
        draw.line((x, bottom, x, bottom + 3), fill=GREY)
        draw.text((x, bottom + 5), f"{tick:.6g}", fill=GREY, font=_font(9), anchor="ma")


def spell_count(count: float, column: Column) -> str:
    """Spell a count of a temporal column: a date or datetime as its day, a time or duration as it is."""
    text = str(show_moments(pl.Series([int(count)]), column)[0])
    return text[: len("2024-04-26")] if column.kind == "datetime" else text


def _numbers(values: pl.Series) -> np.ndarray:
    numbers: np.ndarray = values.drop_nulls().to_numpy().astype(float)
    return numbers


def _cut(text: str, width: float) -> str:
    """Return the text, or its beginning and an ellipsis if it is wider."""
    if _font(9).getlength(text) <= width:
        return text
    while text and _font(9).getlength(f"{text}…") > width:
        text = text[:-1]
    return f"{text}…"


@cache
def _font(size: int) -> "FreeTypeFont | ImageFont":
    from PIL import ImageFont

    return ImageFont.load_default(size)


def _encode(drawn: "Image") -> bytes:
    """Encode a drawing with a palette: a sixth of the bytes."""
    from PIL import Image

    palette, buffer = Image.new("P", (1, 1)), io.BytesIO()
    palette.putpalette([level for colour in _PALETTE for level in colour])
    drawn.quantize(palette=palette, dither=Image.Dither.NONE).save(buffer, format="PNG")
    return buffer.getvalue()
