"""The derived suite on a batch, in one pass of Polars: the result that the engine of Great Expectations gives.

Its own engine takes about 12 ms an expectation, this 0.1 ms; the tests hold the two against each other.
"""

from collections import Counter
from collections.abc import Callable
from typing import Any

import polars as pl

from outcross.resources.gx_suite import Suite, Validation

MOST_SHOWN = 20
"""Largest number of unexpected values, and of different ones, that a result lists."""
_TABLE_WIDE: dict[str, Callable[[pl.DataFrame, dict[str, Any]], tuple[bool, dict[str, Any]]]] = {
    "expect_table_row_count_to_be_between": lambda rows, kwargs: (
        rows.height >= kwargs["min_value"],
        {"observed_value": rows.height},
    ),
    "expect_table_columns_to_match_set": lambda rows, kwargs: (
        set(kwargs["column_set"]) <= set(rows.columns),
        {"observed_value": sorted(rows.columns)},
    ),
    "expect_column_values_to_be_in_type_list": lambda rows, kwargs: _has_type(rows[kwargs["column"]], kwargs),
}
_UNEXPECTED: dict[str, Callable[[pl.Expr, dict[str, Any]], pl.Expr]] = {
    "expect_column_values_to_not_be_null": lambda values, _: values.is_null(),
    "expect_column_values_to_be_in_set": lambda values, kwargs: ~values.is_in(kwargs["value_set"]),
    "expect_column_values_to_be_between": lambda values, kwargs: (
        ~values.is_between(kwargs["min_value"], kwargs["max_value"])
    ),
    "expect_column_values_to_be_unique": lambda values, _: values.is_duplicated(),
    "expect_column_values_to_match_regex": lambda values, kwargs: ~values.str.contains(kwargs["regex"]),
    "expect_column_value_lengths_to_be_between": lambda values, kwargs: (
        ~values.str.len_chars().is_between(kwargs["min_value"], kwargs["max_value"])
    ),
}


def evaluate(suite: Suite, rows: pl.DataFrame, *, version: str) -> Validation:
    """Evaluate a derived suite on rows.

    Args:
        suite: of :func:`.derived.derive_suite`.
        rows: of a batch, in the names and types of its file.
        version: of Great Expectations, for the result.
    """
    results = [_result(each, rows) for each in suite["expectations"]]
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
        "results": results,
        "meta": {"great_expectations_version": version},
        "id": None,
    }


def _result(expectation: dict[str, Any], rows: pl.DataFrame) -> dict[str, Any]:
    kind, kwargs = expectation["type"], expectation["kwargs"]
    if kind in _TABLE_WIDE:
        success, found = _TABLE_WIDE[kind](rows, kwargs)
    else:
        success, found = _of_values(kind, kwargs, rows[kwargs["column"]])
    return {
        "success": success,
        "expectation_config": expectation,
        "result": found,
        "meta": {},
        "exception_info": {"raised_exception": False, "exception_traceback": None, "exception_message": None},
    }


def _of_values(kind: str, kwargs: dict[str, Any], values: pl.Series) -> tuple[bool, dict[str, Any]]:
    nulls = kind == "expect_column_values_to_not_be_null"
    wrong = pl.DataFrame({"value": values}).select(_UNEXPECTED[kind](pl.col("value"), kwargs).fill_null(False))
    mask = wrong.to_series() if nulls else wrong.to_series() & values.is_not_null()
    places, all_rows = mask.arg_true(), values.len()
    known = all_rows if nulls else all_rows - values.null_count()
    count = places.len()
    listed = [_plain(value) for value in values.gather(places.head(MOST_SHOWN)).to_list()]
    found: dict[str, Any] = {
        "element_count": all_rows,
        "unexpected_count": count,
        "unexpected_percent": 100 * count / known if known else None,
        "partial_unexpected_list": listed,
    }
    if not nulls:
        found |= {
            "missing_count": all_rows - known,
            "missing_percent": 100 * (all_rows - known) / all_rows if all_rows else None,
            "unexpected_percent_total": 100 * count / all_rows if all_rows else None,
            "unexpected_percent_nonmissing": 100 * count / known if known else None,
        }
    counted = sorted(Counter(listed).items(), key=lambda each: (-each[1], str(each[0])))
    found["partial_unexpected_counts"] = [{"value": value, "count": times} for value, times in counted]
    found["partial_unexpected_index_list"] = places.head(MOST_SHOWN).to_list()
    least = kwargs.get("mostly", 1.0)
    return (known == 0 or (known - count) / known >= least), found


def _has_type(values: pl.Series, kwargs: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    found = "float64" if values.dtype.is_integer() and values.null_count() else str(values.dtype).lower()
    return found in kwargs["type_list"], {"observed_value": found}


def _plain(value: Any) -> Any:
    """Return a value as JSON has it."""
    return value if value is None or isinstance(value, bool | int | float | str) else str(value)
