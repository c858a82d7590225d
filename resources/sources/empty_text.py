"""Empty texts and missing values: a text file tells ``""`` from an empty field, where its column holds text.

In a column of numbers, dates or truth values both are missing values. In one of categories, a label or a group, a
quoted empty field is a value of its own, as it is in files that have types. A column remembers whether it has one.
"""

from dataclasses import replace

import polars as pl

from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.column_record import to_setting
from outcross.resources.sources.infer import Inferred


def without_empty_text(values: pl.Series) -> pl.Series:
    """Return a column of text with null in place of empty texts."""
    return values.set((values == "").fill_null(False), None) if values.dtype == pl.String else values


def may_hold_empty_text(column: Column) -> bool:
    """Whether an empty text is a value of a column: of categories, a label or a group, none of which spell numbers."""
    return column.role in (Role.CATEGORICAL, Role.LABEL, Role.GROUP) and column.kind == "text"


def with_empty_text(fitted: pl.Series, values: pl.Series) -> pl.Series:
    """Return canonical values with the empty texts that the column had as it was read."""
    return fitted.set((values == "").fill_null(False), "")


def tell_empty_text(found: Inferred, values: pl.Series, name: str) -> Inferred:
    """Say how many quoted empty fields a column has, and what makes them missing values."""
    count, nulls = int((values == "").sum()), values.null_count()
    also = f", and the {nulls:,} empty fields are missing values" if nulls else ""
    why = f'{count:,} quoted empty fields ("") are an empty text, a value of its own{also}'
    remedy = f'"null_values: {to_setting({name: [""]}).removeprefix("columns: ")}" makes them missing values'
    return replace(
        found,
        why="; ".join(filter(None, (found.why, why))),
        remedy="; ".join(filter(None, (found.remedy, remedy))),
        told=True,
    )


def read_empty_fields(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Read the empty fields of a batch in a text file as the columns of its anchor are.

    A quoted one is an empty text where that is a value of the column, else a missing value. Many programs write no
    quotes: an empty field is then an empty text where that is a value of the column and none is missing.

    Args:
        rows: of the batch, every value as text.
        schema: the columns of its anchor.
    """
    changed = []
    for column in schema.columns:
        values = rows[column.source_name if column.source_name in rows.columns else column.name]
        if values.dtype != pl.String:
            continue
        if not column.blank:
            values = without_empty_text(values)
        elif not column.nullable:
            values = values.fill_null("")
        changed.append(values)
    return rows.with_columns(changed)
