# ruff: noqa: TID253 - the pictures are opened as any reader does
"""The picture of a table shows its data: bars as high as shares, on axes that say so."""

import io
from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
import pytest
from PIL import Image, ImageDraw

from outcross.assets import marginals
from outcross.assets.drawing.ticks import axis_ticks, round_tick
from outcross.assets.marginals import draw_marginals, measure_marginal
from outcross.assets.pictures import picture
from outcross.resources.schema import Column, Role, Schema
from tests.assets.evaluation.tables import CENSUS, census, levels, numbers

LEFT, TOP, RIGHT, BOTTOM = marginals.PLOT
GROUPS = {"real": census(1, 300), "synthetic": census(2, 200).with_columns(pl.col("age") * 0.8)}
COLUMNS = [*CENSUS.discrete, *CENSUS.numeric]


def opened(drawn: bytes) -> np.ndarray:
    """(height, width, 3) colours of the whole picture."""
    image = Image.open(io.BytesIO(drawn))
    assert image.format == "PNG"
    return np.asarray(image.convert("RGB"))


def panel(pixels: np.ndarray, place: int) -> np.ndarray:
    """The bars of a column: (height of the axis, width of the axis, 3)."""
    left = place % marginals.MOST_ACROSS * marginals.PANEL[0]
    top = marginals.LEGEND + place // marginals.MOST_ACROSS * marginals.PANEL[1]
    return pixels[top + TOP : top + BOTTOM, left + LEFT : left + RIGHT]


def heights(bars: np.ndarray, count: int, colours: list[tuple[int, int, int]]) -> np.ndarray:
    """The height in the middle of each bar, as a share of the axis: from its highest pixel of a colour down."""
    middles = ((np.arange(count) + 0.5) * bars.shape[1] / count).astype(int)
    found = np.any([(bars[:, middles] == colour).all(axis=2) for colour in colours], axis=0)
    return np.where(found.any(axis=0), bars.shape[0] - found.argmax(axis=0), 0) / bars.shape[0]


def assert_bars_are_shares(drawn: bytes, groups: Mapping[str, pl.DataFrame], schema: Schema) -> None:
    pixels = opened(drawn)
    for place, column in enumerate([*schema.discrete, *schema.numeric]):
        shares = list(measure_marginal(groups, column).shares.values())
        peak, count = max(each.max() for each in shares), len(shares[0])
        bars = panel(pixels, place)
        line = heights(bars, count, [marginals.ORANGE])
        either = heights(bars, count, [marginals.TINT, marginals.BLUE, marginals.ORANGE])
        assert either == pytest.approx(np.max(shares, axis=0) / peak, abs=0.025), column.name
        assert line == pytest.approx(shares[1] / peak if len(shares) == 2 else 0, abs=0.025), column.name


@pytest.mark.parametrize("names", [["real"], ["real", "synthetic"]])
def test_bars_are_as_high_as_the_shares_of_rows(names: list[str]) -> None:
    groups = {name: GROUPS[name] for name in names}
    assert_bars_are_shares(draw_marginals(groups, CENSUS), groups, CENSUS)


def test_shares_are_of_all_rows_and_in_the_bins_of_the_first_group() -> None:
    first, schema = numbers(x=[0.0, 1.0, 1.0, 24.0, float("inf")])
    second, _ = numbers(x=[1.5, -5.0, 30.0, float("nan")])
    found = measure_marginal({"a": first, "b": second}, schema.columns[0])
    assert found.edges.tolist() == list(range(25)) and found.levels is None
    assert found.shares["a"].tolist() == [0.2, 0.4, *[0.0] * 21, 0.2]
    assert found.shares["b"].tolist() == [0.0, 0.25, *[0.0] * 22]


def test_levels_are_the_most_frequent_of_the_first_group_and_nulls_are_none() -> None:
    first, schema = levels(x=[f"l{place}" for place in range(14) for _ in range(20 - place)] + [None] * 11)
    second, _ = levels(x=["l3", "new", None, "l0"])
    found = measure_marginal({"a": first, "b": second}, schema.columns[0])
    assert found.levels == [f"l{place}" for place in range(12)]
    assert found.shares["a"].tolist() == [(20 - place) / first.height for place in range(12)]
    assert found.shares["b"].tolist() == [0.25, 0, 0, 0.25, *[0.0] * 8]


def test_the_rule_of_an_axis_lies_at_its_round_share() -> None:
    rows, schema = levels(x=["a"] * 4 + ["b"] * 6)
    drawn = opened(draw_marginals({"real": rows}, schema))[marginals.LEGEND :]
    labels = drawn[TOP:BOTTOM, : LEFT - 2]
    beside = np.flatnonzero((labels != 255).any(axis=(1, 2)))
    expected = (BOTTOM - TOP) * (1 - 0.5 / 0.6)
    assert abs((beside[0] + beside[-1]) / 2 - expected) <= 2, "50 % of an axis up to 60 %"


def test_every_panel_and_the_legend_have_words() -> None:
    alone, both = (
        opened(draw_marginals({name: GROUPS[name] for name in names}, CENSUS)) for names in (["real"], GROUPS)
    )
    assert both.shape == (marginals.LEGEND + 2 * 136, 4 * 192, 3)
    assert (both[: marginals.LEGEND] == marginals.ORANGE).all(axis=2).any()
    assert not (alone[: marginals.LEGEND] == marginals.ORANGE).all(axis=2).any()
    for place in range(len(COLUMNS)):
        corner = (marginals.LEGEND + place // 4 * 136, place % 4 * 192)
        title, below = (
            both[corner[0] + at : corner[0] + to, corner[1] + LEFT : corner[1] + 192]
            for at, to in ((2, TOP - 2), (BOTTOM + 4, 136))
        )
        assert (title < 128).all(axis=2).sum() > 10 and (below < 200).all(axis=2).sum() > 10, COLUMNS[place].name


def test_titles_shares_levels_and_numbers_are_written(monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    draw_text = ImageDraw.ImageDraw.text

    def record(draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, **style: Any) -> None:
        written.append(text)
        draw_text(draw, at, text, **style)

    monkeypatch.setattr(ImageDraw.ImageDraw, "text", record)
    columns = {
        "yes or no": ["yes"] * 6 + ["no"] * 4,
        "a to e": list("abcde") * 2,
        "long": ["a name of many words", "x"] * 5,
    }
    rows, discrete = levels(**columns)
    values, numeric = numbers(wage=np.linspace(0, 10, 10))
    schema = Schema((*discrete.columns, *numeric.columns))
    draw_marginals({"real": rows.hstack(values), "drawn": rows.hstack(values)}, schema)
    of_first = ["yes or no", "50 %", "yes", "no"]
    of_many = ["a to e", "20 %", "5 levels, the most frequent first"]
    assert written[:9] == ["real", "drawn", *of_first, *of_many]
    assert written[9:11] == ["long", "50 %"] and any(text.startswith("a name") and text[-1] == "…" for text in written)
    assert written[-5:] == ["wage", "10 %", "0", "5", "10"]


def test_the_same_rows_give_the_same_bytes_with_few_colours() -> None:
    drawn = draw_marginals(GROUPS, CENSUS)
    assert drawn == draw_marginals({name: rows.clone() for name, rows in GROUPS.items()}, CENSUS)
    assert picture(GROUPS, CENSUS).png == drawn
    assert len(np.unique(opened(drawn).reshape(-1, 3), axis=0)) <= 8
    assert len(drawn) < 6_000


@pytest.mark.parametrize(
    "values",
    [
        [None, None],
        [5.0, 5.0],
        [1.7e18, 1.7e18],
        [1e16, 1e16 + 2],
        [-1.7e308, 1.7e308],
        [0.0, 5e-324],
        [1.0, float("inf"), float("nan")],
    ],
    ids=str,
)
def test_numbers_too_close_or_too_far_apart_for_bins_are_drawn(values: list[float | None]) -> None:
    rows, schema = numbers(x=values)
    found = measure_marginal({"real": rows}, schema.columns[0])
    finite = sum(value is not None and np.isfinite(value) for value in values)
    assert found.shares["real"].sum() == finite / len(values)
    drawn = opened(draw_marginals({"real": rows, "synthetic": rows}, schema))
    assert (panel(drawn, 0) == marginals.ORANGE).all(axis=2).any() == (finite > 0)


@pytest.mark.parametrize("level", ["", "a", "a level whose name is too long for any axis of a picture", "é漢\n\t"])
def test_any_level_is_drawn(level: str) -> None:
    rows, schema = levels(x=[level, level, None])
    assert_bars_are_shares(draw_marginals({"real": rows}, schema), {"real": rows}, schema)


def test_ticks_are_round_numbers_within_the_axis() -> None:
    assert [round_tick(most) for most in (0.37, 1.0, 4.99, 99.0)] == [0.2, 1.0, 2.0, 50.0]
    assert axis_ticks(0.0, 10.0) == [0.0, 5.0, 10.0]
    assert axis_ticks(-3.0, 1.2) == [-2.0, 0.0]
    for least, most in ((17.0, 90.0), (-0.013, 0.4), (1e6, 1e6 + 3)):
        ticks = axis_ticks(least, most)
        assert 2 <= len(ticks) <= 5 and least <= ticks[0] and ticks[-1] <= most


def test_a_column_of_nothing_but_nulls_has_empty_axes() -> None:
    schema = Schema((Column(name="x", role=Role.CATEGORICAL, nullable=True),))
    rows = pl.DataFrame({"x": [None]}, schema=schema.polars)
    bars = panel(opened(draw_marginals({"real": rows}, schema)), 0)
    assert not (bars == marginals.TINT).all(axis=2).any()
