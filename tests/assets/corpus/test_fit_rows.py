"""Values of any type become canonical ones, or the row is kept with what is wrong with it: at every edge."""

import json
import math
from dataclasses import replace
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.intake.reading import fit_rows
from outcross.resources.schema import Column, Role, Schema

WRONG = object()
NUMBER, WHOLE = Column(name="x", role=Role.NUMERIC, nullable=True), Column(name="x", role=Role.NUMERIC, integer=True)
NAME = Column(name="x", role=Role.CATEGORICAL, nullable=True)


def fitted(raw: pl.DataFrame, column: Column) -> tuple[dict[int, Any], dict[int, list[str]]]:
    """Position → canonical value, and position → what is wrong with a row."""
    found = fit_rows(raw.with_row_index("position"), Schema((column,)))
    rows, wrong = found.rows.select("position", "x").rows(), found.misfits.select("position", "reasons").rows()
    return dict(rows), dict(wrong)


@pytest.mark.parametrize(
    ("column", "dtype", "values", "problem"),
    [
        (NUMBER, pl.String, {" 1.5 ": 1.5, "2": 2.0, "-0": 0.0, "x": WRONG, "inf": WRONG, "nan": WRONG}, "no number"),
        (NUMBER, pl.Float64, {1.5: 1.5, math.inf: WRONG, -math.inf: WRONG, None: None}, "no number"),
        (NUMBER, pl.Int64, {7: 7.0, None: None}, "no number"),
        (
            WHOLE,
            pl.String,
            {"9007199254740993": 2**53 + 1, " 3 ": 3, "3.0": 3, "-4": -4, "3.5": WRONG, "9007199254740994.0": WRONG},
            "no whole number",
        ),
        (
            WHOLE,
            pl.Float64,
            {2.0**53: 2**53, -(2.0**53): -(2**53), 2.0**53 + 2: WRONG, -(2.0**53) - 2: WRONG, 1.5: WRONG, -2.0: -2},
            "no whole number",
        ),
        (WHOLE, pl.Float64, {math.inf: WRONG, math.nan: WRONG, 3.0: 3, 1.0: 1}, "no whole number"),
        (WHOLE, pl.Boolean, {True: 1, False: 0}, "no whole number"),
        (NAME, pl.String, {"a": "a", "": "", " b ": " b ", None: None}, "no category or text"),
        (
            NAME,
            pl.Float64,
            {3.0: "3", 2.5: "2.5", 1.0: "1", -4.0: "-4", 2.0**53: str(2**53), 1e16: "1e+16", math.inf: WRONG},
            "no category or text",
        ),
        (NAME, pl.Int64, {7: "7", None: None}, "no category or text"),
        (NAME, pl.Boolean, {True: "true", False: "false"}, "no category or text"),
    ],
)
def test_a_value_is_read_or_told(column: Column, dtype: Any, values: dict[Any, Any], problem: str) -> None:
    rows, wrong = fitted(pl.DataFrame({"x": pl.Series(list(values), dtype=dtype)}), column)
    expected = list(values.values())
    assert rows == {place: value for place, value in enumerate(expected) if value is not WRONG}
    assert sorted(wrong) == [place for place, value in enumerate(expected) if value is WRONG]
    assert all(len(each) == 1 and each[0].endswith(f"', which is {problem}") for each in wrong.values())


def test_a_missing_value_is_told_only_where_the_anchor_always_has_one() -> None:
    raw = pl.DataFrame({"x": pl.Series([None, "a"], dtype=pl.String)})
    assert fitted(raw, NAME) == ({0: None, 1: "a"}, {})
    rows, wrong = fitted(raw, Column(name="x", role=Role.CATEGORICAL))
    assert (rows, wrong) == ({1: "a"}, {0: ["schema: column 'x' has no value, and the anchor's always has one"]})


@pytest.mark.parametrize("column", [NUMBER, NAME])
@pytest.mark.parametrize(
    ("values", "shown", "kept"),
    [
        (pl.Series([[1, 2], None]), "[1, 2]", [1, 2]),
        (pl.Series([["a"], None]), "['a']", ["a"]),
        (pl.Series([[1, 2], None], dtype=pl.Array(pl.Int64, 2)), "[1, 2]", [1, 2]),
        (pl.Series([{"a": 1}, None]), "{'a': 1}", {"a": 1}),
        (pl.Series([b"\xff\x01", None]), "ff01", "ff01"),
    ],
    ids=["list", "texts", "array", "struct", "bytes"],
)
def test_a_value_that_is_neither_number_nor_name_is_told_and_its_row_kept(
    column: Column, values: pl.Series, shown: str, kept: object
) -> None:
    found = fit_rows(pl.DataFrame({"position": [0, 1], "x": values}), Schema((replace(column, nullable=True),)))
    assert found.rows.rows() == [(1, None)]
    assert f"holds '{shown}', which is no " in found.misfits["reasons"][0][0]
    assert json.loads(found.misfits["raw"][0]) == {"x": kept}


def test_a_long_value_is_shown_shortened() -> None:
    _, wrong = fitted(pl.DataFrame({"x": ["y" * 500]}), NUMBER)
    assert wrong[0] == [f"schema: column 'x' holds '{'y' * 60}', which is no number"]


@pytest.mark.parametrize(
    ("name", "values", "good"),
    [
        ("origin", ["real", "synthetic", "mixed", "unknown", "made up", None], [0, 1, 2, 3, 5]),
        ("depth", ["0", "3", "-1", "deep", None], [0, 1, 4]),
        ("generator", ["copula", None], [0, 1]),
    ],
)
def test_a_row_with_an_impossible_claim_is_told(name: str, values: list[str | None], good: list[int]) -> None:
    claimed = pl.DataFrame({"x": ["a"] * len(values), f"provenance_{name}": pl.Series(values, dtype=pl.String)})
    rows, wrong = fitted(claimed, NAME)
    assert list(rows) == good
    assert set(wrong) == set(range(len(values))) - set(good)
    assert {each for (each,) in wrong.values()} <= {f"provenance: column 'provenance_{name}' holds what is no {name}"}
