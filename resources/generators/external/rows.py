"""Validation of the rows that a command wrote: nothing about them is trusted."""

from pathlib import Path

import polars as pl

from outcross.resources.commands.command import UnusableRun, is_regular
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Schema
from outcross.resources.sources.canonical import canonical, with_canonical_names
from outcross.resources.sources.formats.parquet import read_parquet
from outcross.resources.sources.list_names import list_names
from outcross.resources.sources.locate import SourceFile
from outcross.resources.tokens import lack_words

_REMEDY = "make it write finite values of the types in {train}, and null for a missing value"


def read_rows(path: Path, schema: Schema, *, rows: int) -> tuple[pl.DataFrame, list[str]]:
    """Read and validate a batch of synthetic rows.

    Args:
        path: the Parquet file of the command.
        schema: the columns that it must have; other columns are dropped, and a note names them.
        rows: the number of rows that it must have.

    Returns the schema's columns, canonical, in the file's order of rows; and notes.

    Raises:
        UnusableRun: the file is missing or damaged, or the number or the types of its rows are wrong.
    """
    if not is_regular(path):
        raise UnusableRun("wrote no file to {out}", "make it write a Parquet file to that path, and no link")
    try:
        raw = read_parquet(SourceFile("{out}", path), rows + 1)
    except BadInput as error:
        raise UnusableRun(_problem(error), "make it write a complete Parquet file with unique column names") from None
    if raw.height != rows:
        count = f"more than {rows:,}" if raw.height > rows else f"{raw.height:,}"
        raise UnusableRun(f"wrote {count} rows where {rows:,} were asked for", "make it write exactly {rows} rows")
    raw = with_canonical_names(raw, schema)
    if missing := [each.source_name for each in schema.columns if each.name not in raw.columns]:
        raise UnusableRun(
            f"wrote no column {list_names(missing)} (but {list_names(raw.columns)})",
            "make it write all columns of {train}, under the same names",
        )
    extra = [name for name in raw.columns if name not in schema.names]
    notes = [f"dropped columns that the training rows do not have: {list_names(extra)}"] if extra else []
    frame = pl.DataFrame([_to_canonical(raw[column.name], column) for column in schema.columns])
    return frame, [*notes, *_count_empty_text(frame, schema)]


def _count_empty_text(rows: pl.DataFrame, schema: Schema) -> list[str]:
    """Note how many rows have no words; refuse them if none has any."""
    if schema.text is None:
        return []
    name = schema.text.name
    if not (empty := int(lack_words(rows[name]).sum())):
        return []
    if empty == rows.height:
        raise UnusableRun(f"wrote no word in any row of column {name!r}", "make it write texts")
    return [f"{empty:,} of {rows.height:,} rows have no word in column {name!r}"]


def _to_canonical(values: pl.Series, column: Column) -> pl.Series:
    where = f"wrote a column {column.source_name!r}"
    if (nulls := values.null_count()) and not column.nullable:
        raise UnusableRun(
            f"{where} with {nulls:,} nulls, where the real rows have none",
            "make it fill them (pandas writes NaN as null)",
        )
    if nulls == len(values):
        return pl.Series(column.name, [None] * nulls, dtype=column.dtype)
    try:
        fitted, reasons = canonical(values, column)
    except BadInput as error:
        raise UnusableRun(_problem(error), _REMEDY) from None
    if reasons.null_count() < len(reasons):
        raise UnusableRun(f"{where} that {reasons.drop_nulls()[0]}", _REMEDY)
    return fitted


def _problem(error: BadInput) -> str:
    """The fault of an error, without its remedy, which is about a team's own files."""
    return str(error).partition("; ")[0]
