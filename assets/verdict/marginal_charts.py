"""Samples of a table as small multiples: each column's distribution in real rows, generation 0 and the last generation.

Numbers are bars along an axis; levels are bars with their names, the most frequent first.
"""

from collections.abc import Mapping
from itertools import pairwise

import polars as pl

from outcross.assets.drawing.chart import Axis, Bars, Chart, Dots, Line, Mark, Marker
from outcross.assets.drawing.ticks import format_number, named_ticks
from outcross.assets.marginals import Marginal, measure_marginal, spell_count
from outcross.resources.schema import Column, Schema

MOST_COLUMNS = 24
"""Columns that are drawn; of a wider table, the first ones."""
WIDTH, HEIGHT, LEVEL, MARGINS = 340, 200, 20, 46
"""Width of a chart, height of one of numbers, and of a level and of what is above and below all, in pixels."""
LONGEST = 16
"""Characters of the name of a level."""
REAL, FIRST, LAST = "real rows", "generation 0", "last generation"
COLOURS = {REAL: "--band", FIRST: "--muted", LAST: "--limit"}
_MARKERS: dict[str, Marker] = {FIRST: "circle", LAST: "diamond"}


def marginal_charts(groups: Mapping[str, pl.DataFrame], schema: Schema) -> list[tuple[str, Chart]]:
    """Draw the columns of a table.

    Args:
        groups: ``REAL``, ``FIRST`` and ``LAST`` → canonical rows.
        schema: their columns.

    Returns the name of each column in the file, with its chart.
    """
    drawn = []
    for column in schema.columns[:MOST_COLUMNS]:
        marginal = measure_marginal(groups, column)
        chart = _levels(column, marginal) if marginal.levels is not None else _numbers(column, marginal)
        drawn.append((column.source_name, chart))
    return drawn


def _numbers(column: Column, marginal: Marginal) -> Chart:
    edges, peak = marginal.edges.tolist(), _peak(marginal)
    marks: list[Mark] = [
        Bars(edges=edges, heights=shares.tolist(), colour=COLOURS[name], filled=name == REAL)
        for name, shares in marginal.shares.items()
    ]
    inner = [edges[0] + part * (edges[-1] - edges[0]) for part in (0.15, 0.85)]
    dates = [(each, spell_count(each, column)) for each in inner] if column.is_temporal else []
    middles = [(left + right) / 2 for left, right in pairwise(edges)]
    means = "; ".join(
        f"{name} {sum(m * s for m, s in zip(middles, shares.tolist(), strict=True)) / (shares.sum() or 1):.4g}"
        for name, shares in marginal.shares.items()
        if not column.is_temporal
    )
    return Chart(
        told=f"Distribution of {column.source_name}" + (f"; means: {means}." if means else "."),
        x=Axis(least=edges[0], most=edges[-1], ticks=dates or named_ticks(edges[0], edges[-1], ".5g")),
        y=Axis(least=0.0, most=1.08 * peak, ticks=named_ticks(0.0, peak, ".3g%")),
        marks=marks,
        size=(WIDTH, HEIGHT),
        left=54,
    )


def _levels(column: Column, marginal: Marginal) -> Chart:
    assert marginal.levels is not None
    count, peak = len(marginal.levels), _peak(marginal)
    heights = [count - place - 0.5 for place in range(count)]
    marks: list[Mark] = []
    for name, shares in marginal.shares.items():
        points = list(zip(shares.tolist(), heights, strict=True))
        if name == REAL:
            marks += [Line(points=[(0.0, y), (x, y)], colour=COLOURS[name], width=12) for x, y in points]
            continue
        tips = [f"{level}\n{name} {share:.1%}" for level, share in zip(marginal.levels, shares.tolist(), strict=True)]
        marks.append(Dots(points=points, tips=tips, colour=COLOURS[name], marker=_MARKERS[name], scale=0.9))
    told = "; ".join(
        f"{level}: "
        + ", ".join(f"{name} {format_number(float(shares[place]), '.0%')}" for name, shares in marginal.shares.items())
        for place, level in enumerate(marginal.levels)
    )
    return Chart(
        told=f"Share of each level of {column.source_name}. {told or 'No value'}.",
        x=Axis(least=0.0, most=1.05 * peak, ticks=named_ticks(0.0, peak, ".3g%")),
        y=Axis(
            least=0.0,
            most=max(count, 1),
            ticks=[(y, _cut(level)) for y, level in zip(heights, marginal.levels, strict=True)],
        ),
        marks=marks,
        size=(WIDTH, MARGINS + LEVEL * max(count, 1)),
        left=118,
    )


def _peak(marginal: Marginal) -> float:
    return max((float(shares.max()) for shares in marginal.shares.values() if len(shares)), default=0.0) or 1.0


def _cut(level: str) -> str:
    return level if len(level) <= LONGEST else f"{level[: LONGEST - 1]}…"
