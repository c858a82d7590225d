"""Rows as one Arrow table: columns keep the types they came in, and several sources are brought to one."""

from collections.abc import Sequence
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

    shown = columns_of(came, rows, schema).to_arrow()
    columns = [_column(came, shown, field) for field in wanted]
    return pa.Table.from_arrays(columns, schema=wanted)


def _column(came: AsCame, shown: "pa.Table", field: "pa.Field") -> "pa.ChunkedArray":
    """A column as it came where it has the wanted type; else the values that users see, brought to it."""
    import pyarrow as pa

    if came.are_typed and field.name in came.table.column_names:
        own = came.table.column(field.name)
        if own.type == field.type:
            return own
    if field.name not in shown.column_names:
        return pa.chunked_array([pa.nulls(shown.num_rows, field.type)])
    try:
        return shown.column(field.name).cast(field.type)
    except pa.ArrowException as error:
        raise BadInput(
            f"column {field.name!r} is {shown.schema.field(field.name).type} in one source and {field.type} in another "
            f"({str(error).splitlines()[0]}); give it one type in both, or leave it out of both"
        ) from None


def columns_beside(parts: Sequence[AsCame]) -> tuple[str, ...]:
    """Return the columns that some sources have and others lack, of sources that state columns."""
    named = [set(part.table.column_names) for part in parts if not (part.are_lines or part.are_pictures)]
    every = set().union(*named) if named else set()
    return tuple(sorted(name for name in every if any(name not in own for own in named)))
