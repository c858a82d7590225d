"""Rows as one Arrow table: columns keep the types they came in, and several sources are brought to one."""

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from outcross.resources.carried.as_came import AsCame
from outcross.resources.carried.carried import Carried
from outcross.resources.carried.shown import columns_of
from outcross.resources.errors import BadInput
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
    for came, _ in pieces:
        extra = _types(came, rows, schema)
        wanted = pa.schema([*wanted, *(field for field in extra if field.name not in wanted.names)], wanted.metadata)
    tables = [_as(came, rows[positions.tolist()], schema, wanted) for came, positions in pieces]
    order = np.argsort(np.concatenate([positions for _, positions in pieces])) if pieces else np.zeros(0, np.int64)
    together: pa.Table = pa.concat_tables(tables) if tables else wanted.empty_table()
    return together.take(pa.array(order)).combine_chunks()


def _types(came: AsCame, rows: pl.DataFrame, schema: Schema) -> "pa.Schema":
    """The columns of a source with their types; those that are rendered or converted from others come last."""
    import pyarrow as pa

    if not came.are_typed:
        first = came.take([]) if came.rows == 0 else came.take([0])
        shown = columns_of(first, rows.head(first.rows), schema)
        return shown.to_arrow().schema
    rest = [field for field in _modelled(rows.head(0), schema).schema if field.name not in came.table.column_names]
    return pa.schema([*came.table.schema, *rest], came.table.schema.metadata)


def _modelled(rows: pl.DataFrame, schema: Schema) -> "pa.Table":
    from outcross.resources.typed_rows import for_users

    return for_users(rows.select(schema.names), schema).to_arrow()


def _as(came: AsCame, rows: pl.DataFrame, schema: Schema, wanted: "pa.Schema") -> "pa.Table":
    """Return the rows of one source with the wanted columns and types."""
    import pyarrow as pa

    kept = _kept(came, wanted)
    shown = columns_of(replace(came, table=came.table.drop_columns(kept)), rows, schema).to_arrow()
    columns = [came.table.column(each.name) if each.name in kept else _column(shown, each) for each in wanted]
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
            f"({str(error).splitlines()[0]}); give it one type in both, or leave it out of both"
        ) from None
