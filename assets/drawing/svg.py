"""A chart drawn as SVG: one element of a page, which needs no program and no network to be seen.

The page's style sheet has the fonts and the colours of ``.drawn``. A point's words stand in ``data-tips`` of its group,
where the page's program finds them.
"""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from itertools import groupby

from outcross.assets.drawing.chart import Band, Bars, Chart, Dash, Dots, Line, Mark, Marker, Rule, Spread

_TOP, _RIGHT, _BOTTOM = 26, 14, 30
_TITLE = 18
"""Pixels of the title of the horizontal axis."""
_GAPS: dict[Dash, str] = {"solid": "", "dash": "7 4", "dot": "2 3", "dashdot": "7 3 2 3", "longdash": "12 4"}
SHAPES: dict[Marker, str] = {
    "circle": "M-4,0a4,4 0 1 0 8,0a4,4 0 1 0 -8,0",
    "square": "M-3.5,-3.5h7v7h-7z",
    "diamond": "M0,-5l5,5l-5,5l-5,-5z",
    "triangle-up": "M0,-4.5l4.5,8h-9z",
    "triangle-down": "M0,4.5l4.5,-8h-9z",
    "triangle-left": "M-5,0l9,-5v10z",
    "triangle-up-open": "M0,-4.5l4.5,8h-9z",
    "triangle-down-open": "M0,4.5l4.5,-8h-9z",
    "cross": "M-1.5,-4.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
    "x": "M-4,-2.5l1.5,-1.5l2.5,2.5l2.5,-2.5l1.5,1.5l-2.5,2.5l2.5,2.5l-1.5,1.5l-2.5,-2.5l-2.5,2.5l-1.5,-1.5l2.5,-2.5z",
    "pentagon": "M0,-5l4.8,3.5l-1.8,5.6h-6l-1.8,-5.6z",
}
"""Marker → its outline around the origin."""


@dataclass(frozen=True)
class _Plot:
    """Where values stand in the picture."""

    chart: Chart

    @property
    def edges(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the plot, in pixels."""
        width, height = self.chart.size
        title = _TITLE if self.chart.x.title else 0
        return self.chart.left, _TOP if self.chart.y.title else 12, width - _RIGHT, height - _BOTTOM - title

    def x(self, value: float) -> float:
        left, _, right, _ = self.edges
        axis = self.chart.x
        return left + (right - left) * (value - axis.least) / ((axis.most - axis.least) or 1.0)

    def y(self, value: float) -> float:
        _, top, _, bottom = self.edges
        axis = self.chart.y
        return bottom - (bottom - top) * (value - axis.least) / ((axis.most - axis.least) or 1.0)

    def inside(self, x: float, y: float) -> tuple[float, float]:
        """The place of a point; of one outside the axes, the nearest place at their edge."""
        left, top, right, bottom = self.edges
        return min(max(self.x(x), left), right), min(max(self.y(y), top), bottom)

    def clipped(self, y: float) -> float:
        """The height of a value; of one far outside, one plot's height outside."""
        _, top, _, bottom = self.edges
        return min(max(self.y(y), 2 * top - bottom), 2 * bottom - top)


def draw(chart: Chart, name: str) -> str:
    """Draw a chart as one ``svg`` element; everything that comes with the data is escaped.

    Args:
        chart: to draw.
        name: of the element, that of no other in the page: letters, digits and ``-``.
    """
    plot = _Plot(chart)
    width, height = chart.size
    left, top, right, bottom = plot.edges
    told = escape(chart.told, quote=True)
    clip = (
        f'<clipPath id="{name}"><rect x="{left}" y="{top}" width="{right - left}" height="{bottom - top}"/></clipPath>'
    )
    under = "".join(_mark(plot, each) for each in chart.marks if not isinstance(each, Dots | Spread))
    over = "".join(_mark(plot, each) for each in chart.marks if isinstance(each, Dots | Spread))
    return (
        f'<svg class="drawn" viewBox="0 0 {width} {height}" role="img" aria-label="{told}">{clip}{_axes(plot)}'
        f'<g clip-path="url(#{name})">{under}</g>{over}</svg>'
    )


def draw_key(colour: str, dash: Dash, marker: Marker) -> str:
    """Draw the sample of a series that stands beside its name."""
    return (
        f'<svg width="34" height="12" viewBox="0 0 34 12" aria-hidden="true"><path d="M0 6H34" fill="none" '
        f'{_stroke(colour)}stroke-width="2"{_dashes(dash)}/>'
        f'<use href="#m-{marker}" x="17" y="6" fill="{_paint(colour)}"/></svg>'
    )


def marker_shapes() -> str:
    """Return the element that a page with charts has once: the shapes of the markers."""
    shapes = "".join(
        f'<path id="m-{name}" d="{path}"' + (' fill="none" stroke-width="1.5"/>' if name.endswith("-open") else "/>")
        for name, path in SHAPES.items()
    )
    return f'<svg class="shapes" width="0" height="0" aria-hidden="true"><defs>{shapes}</defs></svg>'


def _axes(plot: _Plot) -> str:
    left, _, right, bottom = plot.edges
    height = plot.chart.size[1]
    parts = [
        f'<path class="grid" d="M{left} {_n(plot.y(at))}H{right}"/>'
        f'<text x="{left - 8}" y="{_n(plot.y(at) + 4)}" text-anchor="end">{escape(name)}</text>'
        for at, name in plot.chart.y.ticks
    ]
    parts += [
        f'<path class="grid" d="M{_n(plot.x(at))} {bottom}v4"/>'
        f'<text x="{_n(plot.x(at))}" y="{bottom + 19}" text-anchor="middle">{escape(name)}</text>'
        for at, name in plot.chart.x.ticks
    ]
    if plot.chart.x.title:
        parts.append(
            f'<text class="title" x="{_n((left + right) / 2)}" y="{height - 8}" text-anchor="middle">'
            f"{escape(plot.chart.x.title)}</text>"
        )
    if plot.chart.y.title:
        parts.append(f'<text class="title" x="2" y="13">{escape(plot.chart.y.title)}</text>')
    return "".join(parts)


def _mark(plot: _Plot, mark: Mark) -> str:
    match mark:
        case Band():
            upper = [(plot.x(x), plot.clipped(high)) for x, _, high in mark.points]
            lower = [(plot.x(x), plot.clipped(low)) for x, low, _ in reversed(mark.points)]
            return _series(mark.name, f'<path d="{_path([*upper, *lower])}Z" fill="{_paint(mark.colour)}"/>')
        case Line():
            known = groupby(mark.points, key=lambda point: point[1] is None)
            runs = [[(plot.x(x), plot.clipped(y)) for x, y in run if y is not None] for gap, run in known if not gap]
            path = "".join(_path(run) for run in runs)
            look = f'{_stroke(mark.colour)}stroke-width="{mark.width:g}"{_dashes(mark.dash)}'
            return _series(mark.name, f'<path d="{path}" fill="none" {look}/>') if path else ""
        case Dots():
            return _dots(plot, mark)
        case Spread():
            start, end, height = plot.x(mark.lower), plot.x(mark.upper), plot.y(mark.y)
            caption = (
                f'<text class="caption" x="2" y="{_n(height - 12)}">{escape(mark.caption)}</text>'
                if mark.caption
                else ""
            )
            return (
                f'{caption}<path d="M{_n(start)} {_n(height)}H{_n(end)}M{_n(start)} {_n(height - 4)}v8'
                f'M{_n(end)} {_n(height - 4)}v8" {_stroke(mark.colour)}stroke-width="1.6"/>'
            )
        case Rule():
            return _rule(plot, mark)
        case Bars():
            return _bars(plot, mark)


def _dots(plot: _Plot, dots: Dots) -> str:
    scale = "" if dots.scale == 1 else f" scale({dots.scale:g})"
    paint = f'fill="{_paint(dots.colour)}"' if not dots.marker.endswith("-open") else _stroke(dots.colour)
    uses = "".join(
        f'<use href="#m-{dots.marker}" transform="translate({_n(x)} {_n(y)}){scale}"/>'
        if scale
        else f'<use href="#m-{dots.marker}" x="{_n(x)}" y="{_n(y)}"/>'
        for x, y in (plot.inside(*point) for point in dots.points)
    )
    tips = escape("\n\n".join(re.sub(r"\n+", "\n", each) for each in dots.tips), quote=True)
    return _series(dots.name, f'<g class="dots" {paint} data-tips="{tips}">{uses}</g>')


def _rule(plot: _Plot, rule: Rule) -> str:
    left, top, right, bottom = plot.edges
    stroke = f'{_stroke(rule.colour)}stroke-width="1.5"{_dashes(rule.dash)}'
    if rule.vertical:
        return f'<path d="M{_n(plot.x(rule.at))} {top}V{bottom}" {stroke}/>'
    height = plot.y(rule.at)
    label = f'<text x="{left + 4}" y="{_n(height - 6)}" style="fill:{_paint(rule.colour)}">{escape(rule.label)}</text>'
    return f'<path d="M{left} {_n(height)}H{right}" {stroke}/>{label if rule.label else ""}'


def _bars(plot: _Plot, bars: Bars) -> str:
    _, _, _, bottom = plot.edges
    corners = [
        (plot.x(side), plot.clipped(height))
        for left, right, height in zip(bars.edges[:-1], bars.edges[1:], bars.heights, strict=True)
        for side in (left, right)
    ]
    points = [(plot.x(bars.edges[0]), bottom), *corners, (plot.x(bars.edges[-1]), bottom)]
    paint = f'fill="{_paint(bars.colour)}"' if bars.filled else f'fill="none" {_stroke(bars.colour)}stroke-width="1.8"'
    return f'<path d="{_path(points)}" {paint}/>'


def _series(name: str, drawn: str) -> str:
    return f'<g data-series="{escape(name, quote=True)}">{drawn}</g>' if name else drawn


def _path(points: Sequence[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{_n(x)} {_n(y)}" for x, y in points)


def _n(value: float) -> str:
    """A place in pixels, to a tenth, in as few characters as it takes."""
    return f"{value:.1f}".removesuffix(".0") if math.isfinite(value) else "0"


def _paint(colour: str) -> str:
    return f"var({colour})" if colour.startswith("--") else colour


def _stroke(colour: str) -> str:
    return f'stroke="{_paint(colour)}" '


def _dashes(dash: Dash) -> str:
    return f' stroke-dasharray="{_GAPS[dash]}"' if _GAPS[dash] else ""
