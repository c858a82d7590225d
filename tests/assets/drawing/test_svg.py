"""A chart as SVG: what stands where, and that what comes with the data stays text."""

import re
from xml.etree import ElementTree

from outcross.assets.drawing.chart import Axis, Band, Bars, Chart, Dots, Line, Mark, Rule, Spread
from outcross.assets.drawing.svg import SHAPES, draw, draw_key, marker_shapes
from outcross.assets.drawing.ticks import format_number, named_ticks

ATTACK = '"><script>alert(1)</script>'
AXIS = Axis(least=0.0, most=10.0, ticks=[(0.0, "0"), (10.0, "ten")])


def chart(*marks: Mark, told: str = "a line") -> Chart:
    """A chart whose plot is 100 × 100 pixels: x 50 to 150, y 12 to 112."""
    return Chart(told=told, x=AXIS, y=AXIS, marks=marks, size=(164, 142), left=50)


def element(drawn: str) -> ElementTree.Element:
    return ElementTree.fromstring(drawn)


def test_values_stand_at_their_place_and_a_line_has_a_gap_where_there_is_none() -> None:
    drawn = draw(chart(Line(points=[(0, 0.0), (5, 5.0), (6, None), (10, 10.0)], colour="--accent")), "a")
    assert 'd="M50 112L100 62M150 12"' in drawn and 'stroke="var(--accent)"' in drawn


def test_a_point_outside_the_axes_is_at_their_edge_and_what_is_far_outside_does_not_leave_the_picture() -> None:
    drawn = draw(chart(Dots(points=[(5, 99.0), (5, -99.0)], tips=["up", "down"], colour="#123456")), "a")
    assert re.findall(r'x="([\d.]+)" y="([\d.]+)"/>', drawn)[-2:] == [("100", "12"), ("100", "112")]
    assert 'data-tips="up\n\ndown"' in drawn
    assert 'd="M50 -88L150 212L150 212L50 -88Z"' in draw(
        chart(Band(points=[(0, 1e9, 1e9), (10, -1e9, -1e9)], colour="x")), "a"
    )


def test_everything_of_the_data_is_text() -> None:
    marks: list[Mark] = [
        Dots(points=[(1, 1)], tips=[ATTACK + "\n\n" + ATTACK], colour="red", name=ATTACK),
        Rule(at=1, colour="red", label=ATTACK),
        Spread(lower=1, upper=2, y=1, colour="red", caption=ATTACK),
    ]
    hostile = Chart(
        told=ATTACK,
        x=Axis(least=0, most=1, ticks=[(0, ATTACK)], title=ATTACK),
        y=Axis(least=0, most=1, ticks=[(0, ATTACK)], title=ATTACK),
        marks=marks,
        size=(300, 200),
    )
    read = element(draw(hostile, "a"))
    assert read.attrib["aria-label"] == ATTACK and read.attrib["role"] == "img"
    assert {each.tag for each in read.iter()} <= {"svg", "g", "path", "text", "use", "clipPath", "rect"}
    assert [each.text for each in read.iter("text")].count(ATTACK) == 6
    (tips,) = [each.attrib["data-tips"] for each in read.iter() if "data-tips" in each.attrib]
    assert tips == f"{ATTACK} {ATTACK}", "an empty line parts the points, so no tip has one"


def test_bars_are_filled_or_a_line_over_their_tops() -> None:
    bars = [Bars(edges=[0, 5, 10], heights=[10, 5], colour="--band", filled=filled) for filled in (True, False)]
    read = [
        each.attrib for each in element(draw(chart(*bars), "a")).iter("path") if each.attrib["d"].startswith("M50 112L")
    ]
    assert [each["d"] for each in read] == ["M50 112L50 12L100 12L100 62L150 62L150 112"] * 2
    assert [each["fill"] for each in read] == ["var(--band)", "none"]


def test_every_marker_is_defined_once() -> None:
    assert re.findall(r'id="m-([\w-]+)"', marker_shapes()) == list(SHAPES)
    assert 'href="#m-diamond"' in draw_key("--accent", "dash", "diamond")


def test_numbers_are_named_with_their_unit_and_zero_has_no_sign() -> None:
    assert named_ticks(0.0, 1.0, ".0%") == [(0.0, "0 %"), (0.5, "50 %"), (1.0, "100 %")]
    assert named_ticks(3.0, 3.0) == [(3.0, "3")]
    assert (format_number(-0.0001, ".1%"), format_number(0.125, ".3g%")) == ("0.0 %", "12.5 %")
