"""Results of Great Expectations that are counted elsewhere, in the form in which it writes them itself."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import polars as pl

from outcross.resources.gx_suite import Suite, Validation

MOST_SHOWN = 20
"""Largest number of unexpected values, and of different ones, that a result lists."""


def validation_of(suite: Suite, results: Sequence[dict[str, Any]], *, version: str) -> Validation:
    """Return the validation result of a suite.

    Args:
        suite: the suite.
        results: of :func:`result_of`, one for each of its expectations.
        version: of Great Expectations.
    """
    passed = sum(each["success"] for each in results)
    counts = {
        "evaluated_expectations": len(results),
        "successful_expectations": passed,
        "unsuccessful_expectations": len(results) - passed,
        "success_percent": 100 * passed / len(results),
    }
    return {
        "success": passed == len(results),
        "suite_name": suite["name"],
        "suite_parameters": {},
        "statistics": counts,
        "results": list(results),
        "meta": {"great_expectations_version": version},
        "id": None,
    }


def result_of(expectation: dict[str, Any], *, success: bool, found: dict[str, Any]) -> dict[str, Any]:
    """Return the result of one expectation; ``found`` is what was counted."""
    return {
        "success": success,
        "expectation_config": expectation,
        "result": found,
        "meta": {},
        "exception_info": {"raised_exception": False, "exception_traceback": None, "exception_message": None},
    }


def count_unexpected(values: pl.Series, wrong: pl.Series, *, nulls: bool = False) -> tuple[int, dict[str, Any]]:
    """Count the unexpected values of a column, and list the first.

    Args:
        values: [rows] of the column.
        wrong: [rows] whether a value is unexpected.
        nulls: whether a null is a value here, and an unexpected one.

    Returns the number of values that are not null, or of all where ``nulls``, and what a result tells of them.
    """
    places, rows = wrong.arg_true(), values.len()
    known = rows if nulls else rows - values.null_count()
    count = places.len()
    listed = [_plain(value) for value in values.gather(places.head(MOST_SHOWN)).to_list()]
    found: dict[str, Any] = {
        "element_count": rows,
        "unexpected_count": count,
        "unexpected_percent": 100 * count / known if known else None,
        "partial_unexpected_list": listed,
    }
    if not nulls:
        found |= {
            "missing_count": rows - known,
            "missing_percent": 100 * (rows - known) / rows if rows else None,
            "unexpected_percent_total": 100 * count / rows if rows else None,
            "unexpected_percent_nonmissing": 100 * count / known if known else None,
        }
    counted = sorted(Counter(listed).items(), key=lambda each: (-each[1], str(each[0])))
    found["partial_unexpected_counts"] = [{"value": value, "count": times} for value, times in counted]
    found["partial_unexpected_index_list"] = places.head(MOST_SHOWN).to_list()
    return known, found


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
