"""Rows as one Arrow table: columns keep the types they came in, and several sources are brought to one."""

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from outcross.resources.carried.as_came import AsCame
from outcross.resources.carried.carried import Carried
from outcross.resources.carried.shown import columns_of
from outcross.resources.errors import BadInput, reason_of
from outcross.resources.schema import Schema

if TYPE_CHECKING:
    import pyarrow as pa


def to_table(carried: Carried, rows: pl.DataFrame, schema: Schema) -> "pa.Table":
    """Return rows in one table, in their order.

    The first source decides names, order and types: columns of an Arrow or Parquet file are its own, to the bit. The
    others are brought to these types; a column that one of them lacks is null in its rows.

    Args:
        carried: the rows as they came, of at least one source.
        rows: the same rows, canonical.
        schema: the columns that are modelled.

    Raises:
        BadInput: a column has another type in another source, and its values do not convert without loss.
    """
    import pyarrow as pa

    pieces = carried.pieces()
    wanted = _types(carried.parts[0], rows, schema)
    for came, _, _ in pieces:
        extra = [field for field in _types(came, rows, schema) if field.name not in wanted.names]
        wanted = pa.schema([*wanted, *extra], wanted.metadata)
    tables = [_as(came, places, rows[positions], schema, wanted) for came, places, positions in pieces]
    order = np.argsort([place for _, _, positions in pieces for place in positions])
    together: pa.Table = pa.concat_tables(tables) if tables else wanted.empty_table()
    return together.take(pa.array(order, pa.int64())).combine_chunks()


def _types(came: AsCame, rows: pl.DataFrame, schema: Schema) -> "pa.Schema":
    """The columns of a source with their types; those that are rendered or converted from others come last."""
    import pyarrow as pa

    shown = columns_of(came, [], rows.head(0), schema).to_arrow().schema
    if not came.are_typed:
        return shown
    own = came.table.schema
    return pa.schema([*own, *(field for field in shown if field.name not in own.names)], own.metadata)


def _as(came: AsCame, places: list[int], rows: pl.DataFrame, schema: Schema, wanted: "pa.Schema") -> "pa.Table":
    """Return the rows of one source with the wanted columns and types."""
    import pyarrow as pa

    kept, own = _kept(came, wanted), came.take(places).table
    shown = columns_of(came, places, rows, schema).to_arrow()
    columns = [own.column(each.name) if each.name in kept else _column(shown, each) for each in wanted]
    return pa.Table.from_arrays(columns, schema=wanted)


def _kept(came: AsCame, wanted: "pa.Schema") -> list[str]:
    """The columns that came with the wanted type, which may be one that Polars lacks."""
    if not came.are_typed:
        return []
    own = came.table.schema
    return [field.name for field in wanted if field.name in own.names and own.field(field.name).type == field.type]


def _column(shown: "pa.Table", field: "pa.Field") -> "pa.ChunkedArray":
    """The values that users see of a column, brought to the wanted type; nulls where a source lacks it."""
    import pyarrow as pa

    if field.name not in shown.column_names:
        return pa.chunked_array([pa.nulls(shown.num_rows, field.type)])
    try:
        return shown.column(field.name).cast(field.type)
    except pa.ArrowException as error:
        raise BadInput(
            f"column {field.name!r} is {shown.schema.field(field.name).type} in one source and {field.type} in another "
            f"({reason_of(error)}); give it one type in both, or leave it out of both"
        ) from None


def refuse_other_types(first: AsCame, other: AsCame, schema: Schema) -> None:
    """Refuse a source of which a carried column cannot be brought to the type that it has in the first.

    Raises:
        BadInput: as :func:`to_table` does, before rows are asked for.
    """
    if not first.are_typed:
        return
    modelled = {name for column in schema.columns for name in (column.name, column.source_name)}
    for field in first.table.schema:
        if field.name in other.columns.columns and field.name not in modelled:
            _column(other.columns.select(field.name).to_arrow(), field)
