"""Guards of a study as suites: the results made of stored outcomes are those that Great Expectations gives itself."""

import json
from typing import Any

import polars as pl
import pytest

from outcross.assets.guard_docs.suites import suite_of
from outcross.resources.guard_engine import VITALS, validate
from outcross.resources.gx_suite import read_suite, run_suite
from tests.assets.corpus.test_expectations import rounded

_NAN = float("nan")
_TOLD = ("element_count", "unexpected_count", "missing_count", "partial_unexpected_list")


_COLUMNS = ["metric", "generation", "lineage", "group", "value", "lower", "upper"]
_LINES = [
    ("recall", 1, "replace", "median", 0.1, None, 0.15),
    ("recall", 1, "fixed-0.5", "median", 0.05, None, 0.15),
    ("recall", 2, "replace", "median", 0.3, None, 0.15),
    ("recall", 2, "fixed-0.5", "median", 0.2, None, 0.15),
    ("rows", 1, "replace", "replicate 0", 20.0, 20.0, 20.0),
    ("rows", 1, "fixed-0.5", "replicate 0", 9.0, 10.0, 10.0),
    ("loss", 1, "replace", "median", _NAN, None, 0.05),
    ("loss", 1, "fixed-0.5", "median", 0.01, None, 0.05),
    ("share", 1, "replace", "dataset", 1.0, None, None),
]


@pytest.fixture(scope="module")
def outcomes() -> pl.DataFrame:
    """Vitals as the checks of a study store them."""
    measured = pl.DataFrame(_LINES, schema=_COLUMNS, orient="row", infer_schema_length=None)
    held = validate(measured.with_columns(pl.lit("c").alias("check")).select(list(VITALS)).cast(dict(VITALS)))
    return held.with_columns(measured["generation"], measured["lineage"])


def test_outcomes_give_the_results_that_great_expectations_gives_on_the_values(outcomes: pl.DataFrame) -> None:
    suite, ours = suite_of("evaluation-diversity", "held", outcomes, version="1")
    theirs = run_suite(read_suite(json.dumps(suite), where="suite"), outcomes.drop("passed", "lower", "upper", "check"))

    def told(found: dict[str, Any]) -> list[Any]:
        lines = [
            [
                each["expectation_config"]["type"],
                each["success"],
                *(each["result"].get(name) for name in _TOLD),
            ]
            for each in found["results"]
        ]
        return json.loads(json.dumps(rounded(lines)).replace("NaN", "null"))

    assert told(ours) == told(theirs)
    assert (
        rounded(ours["statistics"]) == rounded(theirs["statistics"]) and ours["success"] is theirs["success"] is False
    )


def test_a_line_has_a_vital_of_a_generation_with_what_is_nearest_to_its_bound_and_the_failed_are_first(
    outcomes: pl.DataFrame,
) -> None:
    _, result = suite_of("evaluation-diversity", "held", outcomes, version="1")
    lines = [
        (each["success"], each["expectation_config"]["kwargs"]["row_condition"], each["result"].get("observed_value"))
        for each in result["results"]
    ]
    assert lines == [
        (False, 'metric == "recall" and generation == 2', 0.3),
        (False, 'metric == "rows" and generation == 1 and lineage in ["fixed-0.5"] and group in ["replicate 0"]', 9),
        (False, 'metric == "loss" and generation == 1', None),
        (True, 'metric == "recall" and generation == 1', 0.1),
        (True, 'metric == "rows" and generation == 1 and lineage in ["replace"] and group in ["replicate 0"]', 20),
        (True, 'metric == "loss" and generation == 1', 0.01),
        (True, 'metric == "share" and generation == 1', None),
    ]
    named = result["results"][0]["result"]["unexpected_index_list"]
    assert [(each["lineage"], each["value"]) for each in named] == [("replace", 0.3), ("fixed-0.5", 0.2)]
