"""The columns of rows as users see them: what is modelled in the types of its file, and beside it what is carried."""

import polars as pl

from outcross.resources.carried.as_came import AsCame
from outcross.resources.schema import Schema
from outcross.resources.sources.formats.arrow_table import to_frame
from outcross.resources.sources.formats.json_lines import read_json
from outcross.resources.sources.locate import SourceFile
from outcross.resources.typed_rows import for_users, shown_names


def columns_of(came: AsCame, rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return the columns of rows of one source, in its order: those that are modelled, then the others.

    Args:
        came: the rows as they came.
        rows: the same rows, canonical.
        schema: the columns that are modelled.
    """
    modelled = for_users(rows.select(schema.names), schema)
    if came.are_pictures:
        return modelled
    if came.are_lines:
        own, _ = read_json("\n".join(came.lines()), name="rows", rows_limit=None)
    else:
        own = to_frame(came.table, SourceFile("rows", "rows"))
    others = [name for name in own.columns if name not in modelled.columns and name not in _sources(schema)]
    both = pl.DataFrame([*modelled.get_columns(), *(own[name] for name in others)])
    first = [name for name in own.columns if name in both.columns]
    return both.select(first + [name for name in both.columns if name not in first])


def _sources(schema: Schema) -> set[str]:
    """Names in the file of the columns that users see under another name."""
    shown = shown_names(schema, ())
    return {each.source_name for each in schema.columns if shown[each.name] != each.source_name}
