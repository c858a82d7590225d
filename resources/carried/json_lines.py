"""Rows as lines of JSON: the very lines of those that came so, and a line of its columns for each other row."""

import polars as pl

from outcross.resources.carried.carried import Carried
from outcross.resources.carried.shown import columns_of
from outcross.resources.schema import Schema


def to_lines(carried: Carried, rows: pl.DataFrame, schema: Schema) -> list[str]:
    """Return a line of JSON for each row.

    A row that came as a line is that line, byte for byte. Of any other it has the columns as users see them; columns of
    bytes are left out, since JSON has no bytes.

    Args:
        carried: the rows as they came.
        rows: the same rows, canonical.
        schema: the columns that are modelled.
    """
    lines = [""] * rows.height
    for came, places, positions in carried.pieces():
        own = came.take(places).lines() if came.are_lines else spell(columns_of(came, places, rows[positions], schema))
        for position, line in zip(positions, own, strict=True):
            lines[position] = line
    return lines


def spell(rows: pl.DataFrame) -> list[str]:
    """Return a line of JSON for each row, without columns of bytes."""
    shown = rows.select(name for name, dtype in rows.schema.items() if not _holds_bytes(dtype))
    return shown.write_ndjson().splitlines()


def _holds_bytes(dtype: pl.DataType) -> bool:
    if isinstance(dtype, pl.List | pl.Array):
        return _holds_bytes(dtype.inner)  # type: ignore[arg-type]
    if isinstance(dtype, pl.Struct):
        return any(_holds_bytes(field.dtype) for field in dtype.fields)  # type: ignore[arg-type]
    return dtype in (pl.Binary, pl.Object)
