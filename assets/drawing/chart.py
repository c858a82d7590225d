"""What a chart shows: two axes, and marks in the units of the data. :func:`outcross.assets.drawing.svg.draw` draws it.

A colour that starts with ``--`` is a variable of the page's style sheet, so that one chart serves light and dark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Dash = Literal["solid", "dash", "dot", "dashdot", "longdash"]
Marker = Literal[
    "circle",
    "square",
    "diamond",
    "triangle-up",
    "cross",
    "x",
    "triangle-down",
    "pentagon",
    "triangle-left",
    "triangle-up-open",
    "triangle-down-open",
]


@dataclass(frozen=True, kw_only=True)
class Axis:
    """One axis.

    Attributes:
        least: value at its left or lower end.
        most: value at its right or upper end.
        ticks: values that are named, with their names.
        title: what it measures, with the unit; empty where the chart's heading says so.
    """

    least: float
    most: float
    ticks: Sequence[tuple[float, str]] = ()
    title: str = ""


@dataclass(frozen=True, kw_only=True)
class Band:
    """An area between two curves.

    Attributes:
        points: x, lower and upper y, in order of x.
        colour: of the area.
        name: of the series, by which a reader hides it.
    """

    points: Sequence[tuple[float, float, float]]
    colour: str
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A curve; it has a gap where y is None."""

    points: Sequence[tuple[float, float | None]]
    colour: str
    dash: Dash = "solid"
    width: float = 1.8
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Dots:
    """Points that answer the pointer.

    Attributes:
        points: x and y; what lies outside the axes is drawn at their edge.
        tips: what each point says, in lines.
        colour: of all of them.
        marker: of all of them.
        scale: their size; 1 is a diameter of about 8.
        name: of the series, by which a reader hides it.
    """

    points: Sequence[tuple[float, float]]
    tips: Sequence[str]
    colour: str
    marker: Marker = "circle"
    scale: float = 1.0
    name: str = ""


@dataclass(frozen=True, kw_only=True)
class Spread:
    """An interval along x, with a caption above its left end."""

    lower: float
    upper: float
    y: float
    colour: str
    caption: str = ""


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A straight line across the chart at one value, with a label beside it."""

    at: float
    colour: str
    label: str = ""
    vertical: bool = False
    dash: Dash = "dash"


@dataclass(frozen=True, kw_only=True)
class Bars:
    """Neighbouring bars from zero, filled or as one line over their tops.

    Attributes:
        edges: x of the sides, one more than there are heights.
        heights: y of the tops.
        colour: of the bars or the line.
        filled: whether they are filled.
    """

    edges: Sequence[float]
    heights: Sequence[float]
    colour: str
    filled: bool


Mark = Band | Line | Dots | Spread | Rule | Bars


@dataclass(frozen=True, kw_only=True)
class Chart:
    """A chart.

    Attributes:
        told: what it shows, in words, for those who do not see it.
        x: the horizontal axis.
        y: the vertical axis.
        marks: from the lowest layer to the highest.
        size: width and height in pixels, at which its letters have 12 of them.
        left: pixels left of the plot, for the names of the ticks.
    """

    told: str
    x: Axis
    y: Axis
    marks: Sequence[Mark]
    size: tuple[int, int]
    left: int = 56
