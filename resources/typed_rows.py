"""Rows with the types they had in their file: what is stored, and what users, commands and SQL see.

Canonical rows count dates in days and money in floats; stored rows have DATE, TIMESTAMP, TIME, DECIMAL, BOOLEAN and
whole numbers again. A column whose schema remembers no kind is the same in both.
"""

from collections.abc import Collection, Iterable
from dataclasses import replace

import polars as pl

from outcross.resources.schema import Column, Role, Schema
from outcross.resources.temporal import recount, type_of, uncount


def typed_dtype(column: Column) -> pl.DataType:
    """Return the Polars type of a column as it was in its file."""
    if column.is_temporal:
        return type_of(column)
    numeric = column.role is Role.NUMERIC
    if column.kind == "boolean" and (numeric or column.dtype == pl.String):
        return pl.Boolean()
    if column.kind == "decimal" and numeric:
        return pl.Decimal(column.precision or 38, column.decimals or 0)
    if column.kind == "whole" and column.dtype == pl.String:
        return pl.Int64()
    return column.dtype


def to_typed(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Give canonical rows the types of their file; columns that the schema lacks stay as they are."""
    return rows.with_columns(_typed(column) for column in _present(schema, rows.columns))


def to_canonical(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Undo :func:`to_typed`, without loss."""
    return rows.with_columns(canonical_columns(rows.schema, schema))


def shown_names(schema: Schema, others: Collection[str]) -> dict[str, str]:
    """Map the canonical name of each column to its name for users: that of the source, where nothing else has it.

    Args:
        schema: the columns.
        others: names of the columns beside them. SQL tells no names apart by case.
    """
    taken = {name.lower() for name in (*schema.names, *others)}
    return {each.name: each.name if each.source_name.lower() in taken else each.source_name for each in schema.columns}


def shown_schema(schema: Schema) -> Schema:
    """Give the columns of a schema the names that :func:`for_users` gives those of rows of these columns alone."""
    shown = shown_names(schema, ())
    return Schema(tuple(replace(each, name=shown[each.name], source=None) for each in schema.columns))


def for_users(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Give canonical rows the types and names of their file; a name that another column has stays as it is."""
    others = [name for name in rows.columns if name not in schema.names]
    shown = shown_names(schema, others)
    return to_typed(rows, schema).rename({name: shown.get(name, name) for name in rows.columns})


def scan_canonical(rows: pl.LazyFrame, schema: Schema) -> pl.LazyFrame:
    """Undo :func:`to_typed` on a scan of stored rows."""
    return rows.with_columns(canonical_columns(rows.collect_schema(), schema))


def has_types(schema: Schema) -> bool:
    """Whether stored rows differ from canonical ones."""
    return any(typed_dtype(column) != column.dtype for column in schema.columns)


def canonical_columns(stored: pl.Schema, schema: Schema) -> list[pl.Expr]:
    """Build the expressions that undo :func:`to_typed` for the columns that are there."""
    return [_canonical(column) for column in _present(schema, stored.names()) if stored[column.name] != column.dtype]


def _present(schema: Schema, names: Iterable[str]) -> list[Column]:
    there = set(names)
    return [each for each in schema.columns if each.name in there and typed_dtype(each) != each.dtype]


def _typed(column: Column) -> pl.Expr:
    values = pl.col(column.name)
    if column.is_temporal:
        return uncount(values, column).alias(column.name)
    if column.dtype == pl.String and column.kind == "boolean":
        return values == "true"
    return values.cast(typed_dtype(column))


def _canonical(column: Column) -> pl.Expr:
    values = pl.col(column.name)
    if column.is_temporal:
        return recount(values, column).alias(column.name)
    if column.dtype == pl.String and column.kind == "boolean":
        return pl.when(values).then(pl.lit("true")).when(~values).then(pl.lit("false")).alias(column.name)
    return values.cast(column.dtype)
