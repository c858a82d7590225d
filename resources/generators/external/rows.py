"""Rows that a command wrote, taken for what they should be or refused: nothing about them is trusted."""

from pathlib import Path

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.external.command import Refused
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.columns import list_names
from outcross.resources.sources.convert import to_numeric, to_strings
from outcross.resources.sources.formats.parquet import read_parquet
from outcross.resources.sources.images import read_images
from outcross.resources.sources.locate import SourceFile


def read_rows(path: Path, schema: Schema, *, rows: int) -> tuple[pl.DataFrame, list[str]]:
    """Read a batch of synthetic rows.

    Args:
        path: the Parquet file that should have been written.
        schema: the columns it should have; others are left out, which the notes say.
        rows: how many rows it should have.

    Returns the schema's columns, canonical, in the file's order of rows; and notes.

    Raises:
        Refused: the file is missing or damaged, or its rows are not as many or not of the kind they should be.
    """
    if not path.is_file():
        raise Refused("wrote no file to {out}", "make it write Parquet to the path it is given there")
    try:
        raw = read_parquet(SourceFile("{out}", path), rows + 1)
    except BadInput as error:
        raise Refused(_problem(error), "make it write a whole Parquet file, each column once") from None
    if raw.height != rows:
        count = f"more than {rows:,}" if raw.height > rows else f"{raw.height:,}"
        raise Refused(f"wrote {count} rows where {rows:,} were asked for", "make it write as many as {rows} says")
    if missing := [name for name in schema.names if name not in raw.columns]:
        raise Refused(
            f"wrote no column {list_names(missing)} (but {list_names(raw.columns)})",
            "make it write all columns of {train}, under the same names",
        )
    extra = [name for name in raw.columns if name not in schema.names]
    notes = [f"left out columns that the training rows do not have: {list_names(extra)}"] if extra else []
    return pl.DataFrame([_canonical(raw[column.name], column) for column in schema.columns]), notes


def _canonical(values: pl.Series, column: Column) -> pl.Series:
    where = f"wrote a column {column.name!r}"
    if (nulls := values.null_count()) and not column.nullable:
        raise Refused(
            f"{where} with {nulls:,} nulls, where the real rows have none",
            "make it fill them (pandas writes NaN as null)",
        )
    if nulls == len(values):
        return pl.Series(column.name, [None] * nulls, dtype=column.dtype)
    try:
        canonical = _converted(values, column, where)
    except BadInput as error:
        remedy = "make it write finite values of the type that {train} has, and null for a missing one"
        raise Refused(_problem(error), remedy) from None
    if canonical.dtype != column.dtype:
        raise Refused(
            f"{where} of type {values.dtype}, which is no {column.dtype}", "make it write the type that {train} has"
        )
    return canonical


def _converted(values: pl.Series, column: Column, where: str) -> pl.Series:
    match column.role:
        case Role.NUMERIC:
            return to_numeric(values, integer=column.integer, not_finite="error", where=where)[0]
        case Role.IMAGE:
            return read_images(values, shape=column.shape, levels=column.levels, where=where)[0]
        case _:
            return to_strings(values, not_finite="error", where=where)[0]


def _problem(error: BadInput) -> str:
    """What was wrong, without the remedy, which speaks of a team's own files."""
    return str(error).partition("; ")[0]
