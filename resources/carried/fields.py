"""Rows as fields of text: those of a delimited file as they came, and those of any other source as they are spelled."""

import polars as pl

from outcross.resources.carried.as_came import AsCame
from outcross.resources.carried.carried import Carried
from outcross.resources.carried.shown import columns_of
from outcross.resources.schema import Schema
from outcross.resources.typed_rows import for_users

_DELIMITED = ("csv", "tsv")


def to_fields(carried: Carried | None, rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return a column of text for each column of the rows, in their order; null is a missing value.

    Args:
        carried: the rows as they came; None where none are carried.
        rows: the same rows, canonical.
        schema: the columns that are modelled.
    """
    if carried is None:
        return _spelled(for_users(rows.select(schema.names), schema))
    if not (pieces := carried.pieces()):
        return _fields_of(carried.parts[0], [], rows, schema)
    frames = [_fields_of(came, places, rows[positions], schema) for came, places, positions in pieces]
    order = pl.Series([place for _, _, positions in pieces for place in positions], dtype=pl.Int64).arg_sort()
    return pl.concat(frames, how="diagonal")[order]


def _fields_of(came: AsCame, places: list[int], rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    return came.columns[places] if came.format in _DELIMITED else _spelled(columns_of(came, places, rows, schema))


def _spelled(rows: pl.DataFrame) -> pl.DataFrame:
    return pl.DataFrame([_spell(rows[name]) for name in rows.columns])


def _spell(values: pl.Series) -> pl.Series:
    """Spell values as text: nested ones as JSON, bytes in base64."""
    if values.dtype == pl.Binary:
        return values.bin.encode("base64")
    if not values.dtype.is_nested():
        return values.cast(pl.String)
    lines = values.alias("v").to_frame().write_ndjson().splitlines()
    spelled = [line.removeprefix('{"v":').removesuffix("}") for line in lines]
    return pl.Series(values.name, [None if each == "null" else each for each in spelled], dtype=pl.String)
