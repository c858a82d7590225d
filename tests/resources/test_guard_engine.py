"""One expectation over margins passes and fails what three over value and bounds did."""

import math
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcross.resources import guard_engine
from outcross.resources.guard_engine import VITALS, GuardsNotEvaluated, validate

NUMBERS = [None, -math.inf, -1.7e308, -1.0, -0.0, 0.0, 5e-324, 0.1, 0.1 + 0.2, 0.3, 1.0, 1.7e308, math.inf, math.nan]
"""Edges: of rounding, of overflow, of nothing."""
Line = tuple[float | None, float | None, float | None]


def vitals(*lines: Line) -> pl.DataFrame:
    return pl.DataFrame([("check", "metric", "group", *line) for line in lines], schema=VITALS, orient="row")


def by_three_expectations(frame: pl.DataFrame) -> list[bool]:
    """Hold values to their bounds by Great Expectations' own pairs of columns."""
    import pandas as pd

    gx = guard_engine.import_great_expectations()
    greater = gx.expectations.ExpectColumnPairValuesAToBeGreaterThanB
    suite = gx.ExpectationSuite(
        name="three",
        expectations=[
            gx.expectations.ExpectColumnValuesToNotBeNull(column="value"),
            greater(column_A="value", column_B="lower", or_equal=True),
            greater(column_A="upper", column_B="value", or_equal=True),
        ],
    )
    filled = frame.with_columns(pl.col("lower").fill_null(-math.inf), pl.col("upper").fill_null(math.inf))
    columns: dict[str, Any] = {name: filled[name].to_list() for name in ("value", "lower", "upper")}
    batch = guard_engine._batch_definition().get_batch(
        {"dataframe": pd.DataFrame({"line": range(frame.height), **columns})}
    )
    result = batch.validate(
        suite, result_format={"result_format": "COMPLETE", "unexpected_index_column_names": ["line"]}
    )
    failed = {line for outcome in result.results for line in guard_engine._offending(outcome)}
    return [line not in failed for line in range(frame.height)]


def test_every_value_within_every_pair_of_bounds_passes_as_it_did() -> None:
    frame = vitals(*[(value, lower, upper) for value in NUMBERS for lower in NUMBERS for upper in NUMBERS])
    found = validate(frame)["passed"].to_list()
    assert found == by_three_expectations(frame)
    assert 100 < sum(found) < frame.height - 100


@settings(max_examples=5)
@given(st.lists(st.tuples(*[st.none() | st.floats()] * 3), min_size=1, max_size=40))
def test_any_values_pass_as_they_did(lines: list[Line]) -> None:
    assert validate(vitals(*lines))["passed"].to_list() == by_three_expectations(vitals(*lines))


def test_values_on_a_bound_pass_and_the_next_number_fails() -> None:
    above, below = math.nextafter(0.3, 1), math.nextafter(0.3, 0)
    frame = vitals((0.3, 0.3, 0.3), (above, None, 0.3), (below, 0.3, None), (0.3, None, None), (None, None, None))
    validated = validate(frame)
    assert validated["passed"].to_list() == [True, False, False, True, False]
    assert validated.drop("passed").equals(frame), "value and bounds are there to be read"


def test_bounds_are_held_without_a_word(capsys: pytest.CaptureFixture[str]) -> None:
    """Great Expectations would draw progress bars into the log of every run."""
    validate(vitals((0.5, 0.0, 1.0), (2.0, 0.0, 1.0)))
    assert capsys.readouterr() == ("", "")


def test_no_vitals_pass() -> None:
    assert validate(vitals())["passed"].to_list() == []


def test_a_guard_raises_where_its_expectation_does(monkeypatch: pytest.MonkeyPatch) -> None:
    """An expectation of a column that is not there raises within Great Expectations."""

    def of_nothing(gx: Any) -> Any:
        expectation = gx.expectations.ExpectColumnValuesToBeBetween(column="absent", min_value=0.0)
        return gx.ExpectationSuite(name="vitals", expectations=[expectation])

    monkeypatch.setattr(guard_engine, "_suite", of_nothing)
    with pytest.raises(GuardsNotEvaluated, match=r"could not hold 2 vitals to their bounds: .*absent.*; reinstall"):
        validate(vitals((0.5, 0.0, 1.0), (2.0, 0.0, 1.0)))
