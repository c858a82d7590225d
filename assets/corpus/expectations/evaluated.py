"""The derived suite on a batch, in one pass of Polars: the result that the engine of Great Expectations gives.

Its own engine takes about 12 ms an expectation, this 0.1 ms; the tests hold the two against each other.
"""

from collections.abc import Callable
from typing import Any

import polars as pl

from outcross.resources.gx_results import count_unexpected, result_of, validation_of
from outcross.resources.gx_suite import Suite, Validation

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
    return validation_of(suite, [_result(each, rows) for each in suite["expectations"]], version=version)


def _result(expectation: dict[str, Any], rows: pl.DataFrame) -> dict[str, Any]:
    kind, kwargs = expectation["type"], expectation["kwargs"]
    if kind in _TABLE_WIDE:
        success, found = _TABLE_WIDE[kind](rows, kwargs)
    else:
        success, found = _of_values(kind, kwargs, rows[kwargs["column"]])
    return result_of(expectation, success=success, found=found)


def _of_values(kind: str, kwargs: dict[str, Any], values: pl.Series) -> tuple[bool, dict[str, Any]]:
    nulls = kind == "expect_column_values_to_not_be_null"
    wrong = pl.DataFrame({"value": values}).select(_UNEXPECTED[kind](pl.col("value"), kwargs).fill_null(False))
    mask = wrong.to_series() if nulls else wrong.to_series() & values.is_not_null()
    known, found = count_unexpected(values, mask, nulls=nulls)
    count = found["unexpected_count"]
    least = kwargs.get("mostly", 1.0)
    return (known == 0 or (known - count) / known >= least), found


def _has_type(values: pl.Series, kwargs: dict[str, Any]) -> tuple[bool, dict[str, Any]]:
    found = "float64" if values.dtype.is_integer() and values.null_count() else str(values.dtype).lower()
    return found in kwargs["type_list"], {"observed_value": found}
