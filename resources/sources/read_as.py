"""Files read by the columns of other rows: a pool and a named test set have the columns that the anchor has."""

from collections.abc import Collection
from dataclasses import dataclass

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.rounding import round_samples
from outcross.resources.schema import Column, Schema
from outcross.resources.sources.canonical import canonical, with_canonical_names
from outcross.resources.sources.empty_text import read_empty_fields
from outcross.resources.sources.file_source import describe_files
from outcross.resources.sources.files import Files
from outcross.resources.sources.list_names import list_names
from outcross.resources.sources.templates import with_rendered

PLACE = "pool_row"
"""Column of the place of a row in its files, from 0; the anchor never has a column of this name."""


@dataclass(frozen=True, kw_only=True)
class RowsRead:
    """Rows of files, read by the columns of other rows.

    Attributes:
        rows: the schema's columns, canonical, in the order of the files.
        others: the columns that the schema lacks, as they came.
        notes: what was changed or left out in reading.
        where: the files, for messages.
    """

    rows: pl.DataFrame
    others: pl.DataFrame
    notes: tuple[str, ...]
    where: str


def read_as(source: Files, schema: Schema, *, what: str, leave_out: Collection[str] = ()) -> RowsRead:
    """Read files whose rows have the columns of a schema.

    No role is inferred: each value is read as the column says, and numbers are rounded to its decimals and steps.

    Args:
        source: the files, and how they are read.
        schema: the columns of the anchor.
        what: the files, as messages call them, such as ``pool``.
        leave_out: columns that the anchor's settings ignore, which a template does not render either.

    Raises:
        BadInput: a file cannot be used, there is no row, a column is lacking, or a value does not fit its column.
    """
    where = f"{what}: {describe_files(source.locate_files())}"
    raw, notes, untyped = source.read_raw()
    if source.template is not None:
        raw, rendered = with_rendered(raw, source.template, leave_out=leave_out, where=where)
        notes = [*notes, *rendered]
    if raw.is_empty():
        raise BadInput(f"{where} holds no rows; name files with rows in them")
    named = with_canonical_names(_with_nulls(raw, source), schema)
    _refuse_lacking(named, raw, schema, where)
    if untyped:
        named = read_empty_fields(named, schema)
    rows = pl.DataFrame([_fit(named[column.name], column, source, where) for column in schema.columns])
    others = named.select(name for name in named.columns if name not in schema.names)
    return RowsRead(rows=round_samples(rows, schema), others=others, notes=tuple(notes), where=where)


def _with_nulls(raw: pl.DataFrame, source: Files) -> pl.DataFrame:
    """Make null the words that stand for a missing value in one column alone; the reader did those of all columns."""
    if not isinstance(source.null_values, dict):
        return raw
    words = {name: values for name, values in source.null_values.items() if name in raw.columns}
    return raw.with_columns(
        pl.when(pl.col(name).cast(pl.String, strict=False).is_in(values)).then(None).otherwise(pl.col(name)).alias(name)
        for name, values in words.items()
    )


def _refuse_lacking(named: pl.DataFrame, raw: pl.DataFrame, schema: Schema, where: str) -> None:
    lacking = [column for column in schema.columns if column.name not in named.columns]
    if not lacking:
        return
    names = list_names([column.source_name for column in lacking])
    label = next((column for column in lacking if column is schema.label), None)
    role = f", of which {label.source_name!r} is the label" if label and len(lacking) > 1 else ", the label"
    raise BadInput(
        f"{where} lacks the column{'s' if len(lacking) > 1 else ''} {names}{role if label else ''}, which the anchor "
        f"has (it has {list_names(raw.columns)}); give its rows the same columns under the same names, or set "
        "'template' where several columns make one text"
    )


def _fit(values: pl.Series, column: Column, source: Files, where: str) -> pl.Series:
    size, grey = source.size, source.grey
    try:
        fitted, reasons = canonical(values, column, not_finite=source.nan, size=size, grey=grey)
    except BadInput as error:
        raise BadInput(f"{where}, column {column.source_name!r}: {error}") from None
    wrong = int(reasons.is_not_null().sum())
    if wrong:
        place = int(reasons.is_not_null().arg_max() or 0)
        raise BadInput(
            f"{where}, column {column.source_name!r}: row {place + 1:,} {reasons[place]}"
            + (f", and {wrong - 1:,} more rows do not fit" if wrong > 1 else "")
            + "; correct these rows or leave them out, so that each value is one that the anchor's column may have"
        )
    return fitted


def refuse_roles(source: Files, *, what: str) -> None:
    """Raise ``ValueError`` where a source sets a key of roles or types: those are the anchor's."""
    for key in ("columns", "decimal", "date"):
        if getattr(source, key):
            raise ValueError(f"{what} is read by the columns of the anchor, so '{key}' has no meaning there; remove it")


def with_places(rows: pl.DataFrame) -> pl.DataFrame:
    """Number rows by their place in the files, from 0."""
    return rows.with_row_index(PLACE).with_columns(pl.col(PLACE).cast(pl.Int64))
