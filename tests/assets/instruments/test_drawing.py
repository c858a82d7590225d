"""Drawing of rows, distribution functions and deciles, against their definitions."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from outcross.assets.instruments.cumulative import cumulative_gap
from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.tenths import numeric_tenths
from outcross.resources.schema import Column, Role, Schema

LISTS = st.lists(st.integers(0, 5).map(float), min_size=1, max_size=8).map(sorted)


def test_rows_are_drawn_by_seed_in_their_order_and_never_twice() -> None:
    rows = np.arange(10) * 10
    assert draw_rows(rows, 10, 1) is rows and draw_rows(rows, 11, 1) is rows
    drawn = [draw_rows(rows, 9, seed).tolist() for seed in range(8)]
    assert all(len(each) == len(set(each)) == 9 and each == sorted(each) for each in drawn)
    assert len({tuple(each) for each in drawn}) > 1
    frame = pl.DataFrame({"x": rows})
    assert draw_rows(frame, 4, 3)["x"].to_list() == draw_rows(rows, 4, 3).tolist()


@given(LISTS, LISTS)
def test_the_gap_is_the_difference_of_the_shares_up_to_each_value(x: list[float], y: list[float]) -> None:
    points, gap = cumulative_gap(np.array(x), np.array(y))
    assert points.tolist() == sorted({*x, *y})
    shares = [np.mean([each <= point for each in x]) - np.mean([each <= point for each in y]) for point in points]
    assert gap == pytest.approx(shares)


def test_deciles_are_the_nine_inner_ones_and_equal_ones_are_merged() -> None:
    names = {"even": list(range(101)), "ties": [0] * 50 + list(range(51)), "none": [None] * 101}
    gaps = {"gaps": [None, float("nan")] * 45 + list(range(11))}
    anchor = pl.DataFrame(names | gaps, strict=False).cast(pl.Float64)
    schema = Schema(tuple(Column(name=name, role=Role.NUMERIC, nullable=True) for name in anchor.columns))
    found = numeric_tenths(anchor, schema)
    assert found["even"] == pytest.approx([10, 20, 30, 40, 50, 60, 70, 80, 90])
    assert found["ties"] == pytest.approx([0, 10, 20, 30, 40])
    assert found["gaps"] == pytest.approx(range(1, 10))
    assert found["none"].tolist() == []
