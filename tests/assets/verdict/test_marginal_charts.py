"""Columns as small multiples: their axes begin at zero and show all, and a level more is a line more."""

import polars as pl
import pytest

from outcross.assets.drawing.chart import Chart
from outcross.assets.verdict.marginal_charts import FIRST, LAST, REAL, marginal_charts
from outcross.resources.schema import Column, Role, Schema
from tests.assets.drawing.room import assert_room

SCHEMA = Schema((Column(name="x", role=Role.NUMERIC), Column(name="kind", role=Role.CATEGORICAL)))


def drawn(levels: int) -> dict[str, Chart]:
    rows = pl.DataFrame({"x": [float(each % 7) for each in range(60)]}).with_columns(
        kind=pl.format("k{}", pl.int_range(60) % levels)
    )
    return dict(marginal_charts({REAL: rows, FIRST: rows[:30], LAST: rows[30:]}, SCHEMA))


@pytest.mark.parametrize(("name", "axis"), [("x", "y"), ("kind", "x"), ("kind", "y")])
def test_what_is_counted_is_drawn_from_zero(name: str, axis: str) -> None:
    chart = drawn(5)[name]
    assert getattr(chart, axis).least == 0.0
    assert_room(chart)


def test_a_level_more_makes_its_chart_as_much_higher_and_a_number_is_as_high_whatever_it_is() -> None:
    heights = [drawn(levels)["kind"].size[1] for levels in (1, 2, 3)]
    assert heights[2] - heights[1] == heights[1] - heights[0] > 0
    assert drawn(1)["x"].size == drawn(3)["x"].size
