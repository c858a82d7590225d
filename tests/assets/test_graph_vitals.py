"""Vitals as a check of Dagster shows them."""

import math

import polars as pl
import pytest

from outcross.assets.graph.vitals import MOST_LINES, number_text, plotted_numbers, vitals_table

SCHEMA = {
    **{"metric": pl.String, "group": pl.String, "value": pl.Float64},
    **{"lower": pl.Float64, "upper": pl.Float64, "passed": pl.Boolean},
}
Line = tuple[str, str, float | None, float | None, float | None, bool]


def vitals(*lines: Line) -> pl.DataFrame:
    return pl.DataFrame(lines, schema=SCHEMA, orient="row")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not computable"),
        (math.nan, "not computable"),
        (math.inf, "inf"),
        (1 / 3, "0.333333"),
        (0.0, "0"),
        (1234567.0, "1.23457e+06"),
    ],
)
def test_a_number_has_six_digits_or_says_why_there_is_none(value: float | None, text: str) -> None:
    assert number_text(value) == text


def test_what_is_plotted_is_nearest_to_its_bound_or_farthest_beyond_it() -> None:
    found = plotted_numbers(
        vitals(
            ("near", "a", 1.0, 0.0, 10.0, True),
            ("near", "b", 9.5, 0.0, 10.0, True),
            ("near", "c", 0.9, 0.0, 10.0, True),
            ("beyond", "a", 11.0, 0.0, 10.0, False),
            ("beyond", "b", -3.0, 0.0, 10.0, False),
            ("beyond", "c", 5.0, 0.0, 10.0, True),
            ("open", "a", 4.0, None, 5.0, True),
            ("open", "b", 3.0, None, 5.0, True),
            ("unknown", "a", None, 0.0, 1.0, False),
            ("unknown", "b", 0.9, 0.0, 1.0, True),
            ("endless", "a", math.inf, 0.0, None, False),
        )
    )
    assert {name: each.value for name, each in found.items()} == {
        "near": 9.5,
        "beyond": -3.0,
        "open": 4.0,
        "unknown": "not computable",
        "endless": "inf",
    }


@pytest.mark.parametrize(("lines", "more"), [(MOST_LINES, None), (MOST_LINES + 3, 3)])
def test_a_table_shows_what_failed_first_and_says_how_much_it_leaves_out(lines: int, more: int | None) -> None:
    rows: list[Line] = [("metric", f"{number}", float(number), None, None, number != 7) for number in range(lines)]
    found = vitals_table(vitals(*rows), ["group", "value", "passed"])
    shown = [record.data for record in found["vitals"].value.records]
    assert shown[:2] == [{"group": "7", "value": 7.0, "passed": False}, {"group": "0", "value": 0.0, "passed": True}]
    assert len(shown) == MOST_LINES
    assert (found["more_vitals"].value if "more_vitals" in found else None) == more
    columns = found["vitals"].value.schema.columns
    assert [(each.name, each.type) for each in columns] == [("group", "string"), ("value", "float"), ("passed", "bool")]


def test_a_cell_is_what_json_has_and_plain_text() -> None:
    line: Line = ("a\nb", "x" * 1000, math.nan, -math.inf, None, True)
    (record,) = vitals_table(vitals(line), list(SCHEMA))["vitals"].value.records
    assert record.data["value"] == "not computable"
    assert record.data["lower"] == "-inf"
    assert record.data["upper"] is None and record.data["passed"] is True
    assert "\n" not in record.data["metric"] and len(record.data["group"]) < 1000
