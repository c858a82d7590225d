"""Columns of numbers that pandas or Arrow wrote as categories."""

import json
from typing import TYPE_CHECKING

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa


def dictionaries_of_numbers(schema: "pa.Schema") -> list[str]:
    """Name the columns of numbers that were written as categories, by Arrow's type or by what pandas says of them."""
    import pyarrow as pa

    def holds_numbers(kind: "pa.DataType") -> bool:
        return bool(pa.types.is_integer(kind) or pa.types.is_floating(kind))

    by_pandas = _categories_of_pandas(schema.metadata)
    return [
        each.name
        for each in schema
        if (pa.types.is_dictionary(each.type) and holds_numbers(each.type.value_type))
        or (each.name in by_pandas and holds_numbers(each.type))
    ]


def _categories_of_pandas(metadata: dict[bytes, bytes] | None) -> set[str]:
    """Name the categories of a frame; damaged metadata names none."""
    try:
        columns = json.loads((metadata or {}).get(b"pandas", b"{}")).get("columns", [])
        return {str(each["name"]) for each in columns if each["pandas_type"] == "categorical"}
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return set()


def as_category(numbers: pl.Series) -> pl.Series:
    """Return numbers as categories, whole ones without a fraction."""
    whole = numbers.cast(pl.Int64, strict=False)
    return (whole if (whole == numbers).all() else numbers).cast(pl.String).cast(pl.Categorical)
