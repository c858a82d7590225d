"""Guards of a study as suites of Great Expectations, and their outcomes as its validation results.

A guard is a suite over a frame of vitals: ``metric``, ``generation``, ``lineage``, ``group``, ``value``. An expectation
holds the values of one vital in one generation to their bounds, those of all lineages and replicates together; lineages
with bounds of their own have one of their own. Nothing is validated again: what passed is what the check stored.
"""

import json
import math
from collections.abc import Iterator
from typing import Any

import polars as pl

from outcross.resources.gx_results import MOST_SHOWN, count_unexpected, result_of, validation_of
from outcross.resources.gx_suite import Suite, Validation

_BETWEEN, _NOT_NULL = "expect_column_values_to_be_between", "expect_column_values_to_not_be_null"
_LINE = ["metric", "generation"]
_NAMED = ["lineage", "group"]
"""Columns that say which value of a line is unexpected."""


def suite_of(name: str, held_to: str, outcomes: pl.DataFrame, *, version: str) -> tuple[Suite, Validation]:
    """Return a guard as a suite, and its outcomes as the validation result; the expectations that failed come first.

    Args:
        name: of the suite.
        held_to: what the guard holds its asset to, for people.
        outcomes: its vitals, with ``passed``, ``generation`` and ``lineage``.
        version: of Great Expectations.
    """
    results = sorted(_results(outcomes), key=lambda each: bool(each["success"]))
    suite: Suite = {
        "name": name,
        "id": None,
        "expectations": [each["expectation_config"] for each in results],
        "meta": {"notes": held_to},
        "notes": None,
    }
    return suite, validation_of(suite, results, version=version)


def _results(outcomes: pl.DataFrame) -> Iterator[dict[str, Any]]:
    known = outcomes.with_columns(value=pl.col("value").fill_nan(None))
    for (metric, generation), line in known.group_by(_LINE, maintain_order=True):
        condition = f'metric == "{metric}" and generation == {generation}'
        bounded = line.partition_by("lower", "upper", maintain_order=True)
        for same in bounded:
            where = condition if len(bounded) == 1 else f"{condition} and {_whose(same)}"
            yield from _of_bounds(where, same)


def _whose(same: pl.DataFrame) -> str:
    """Name the lineages that share bounds, and the groups, as pandas reads them."""
    return f"lineage in {_listed(same, 'lineage')} and group in {_listed(same, 'group')}"


def _listed(same: pl.DataFrame, column: str) -> str:
    return json.dumps(same[column].unique(maintain_order=True).to_list())


def _of_bounds(where: str, same: pl.DataFrame) -> Iterator[dict[str, Any]]:
    """Give the result for values with the same bounds, and one for those among them that could not be computed."""
    lower, upper = same.select("lower", "upper").row(0)
    nulls = same["value"].is_null()
    if nulls.any() or (lower is None and upper is None):
        yield _result(_NOT_NULL, {}, where, same, nulls)
    if lower is not None or upper is not None:
        bounds = {name: value for name, value in (("min_value", lower), ("max_value", upper)) if value is not None}
        yield _result(_BETWEEN, bounds, where, same, ~same["passed"] & ~nulls)


def _result(kind: str, bounds: dict[str, float], where: str, same: pl.DataFrame, wrong: pl.Series) -> dict[str, Any]:
    kwargs = {"column": "value", **bounds, "row_condition": where, "condition_parser": "pandas"}
    expectation = {"type": kind, "kwargs": kwargs, "meta": {}, "severity": "critical"}
    _, found = count_unexpected(same["value"], wrong, nulls=kind == _NOT_NULL)
    if kind == _BETWEEN:
        found["observed_value"] = _nearest(same)
    if wrong.any():
        offending = same.filter(wrong).head(MOST_SHOWN).select("value", *_NAMED).to_dicts()
        found |= {"unexpected_index_list": offending, "unexpected_index_column_names": _NAMED}
    return result_of(expectation, success=not wrong.any(), found=found)


def _nearest(same: pl.DataFrame) -> float | str:
    """Return the value that is nearest to its bound, or farthest beyond it."""
    margin = pl.min_horizontal(pl.col("upper") - pl.col("value"), pl.col("value") - pl.col("lower"))
    values: list[float] = same.sort("passed", margin, nulls_last=True)["value"].drop_nulls().to_list()
    if not values:
        return "not computable"
    return values[0] if math.isfinite(values[0]) else str(values[0])
