"""The columns of rows as users see them: what is modelled in the types of its file, and beside it what is carried."""

import polars as pl

from outcross.resources.carried.as_came import AsCame
from outcross.resources.schema import Schema
from outcross.resources.typed_rows import for_users, shown_names


def columns_of(came: AsCame, places: list[int], rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return the columns of rows of one source, in its order; those that a template or a picture made come last.

    Their types are those of all rows of the source, so that they do not depend on which rows are asked for.

    Args:
        came: the source, whole.
        places: of the rows in it.
        rows: the same rows, canonical.
        schema: the columns that are modelled.
    """
    modelled = for_users(rows.select(schema.names), schema)
    own = came.columns
    if not own.width:
        return modelled
    others = own.select(name for name in own.columns if name not in modelled.columns and name not in _sources(schema))
    both = modelled.hstack(others[places]) if others.width else modelled
    first = [name for name in own.columns if name in both.columns]
    return both.select(first + [name for name in both.columns if name not in first])


def _sources(schema: Schema) -> set[str]:
    """Names in the file of the columns that users see under another name."""
    shown = shown_names(schema, ())
    return {each.source_name for each in schema.columns if shown[each.name] != each.source_name}
