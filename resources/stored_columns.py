"""The columns of stored rows in SQL: under their names for users, and durations as intervals."""

from collections.abc import Mapping

from outcross.resources.schema import Schema
from outcross.resources.sql_text import quote_name


def select_stored(schema: Schema, shown: Mapping[str, str], relation: str) -> str:
    """Return the query for all columns of stored rows.

    DuckDB reads dates, times and decimal numbers from Parquet, but durations as the whole numbers that hold them.

    Args:
        schema: the columns of the source; the relation may have others.
        shown: canonical name → name for users.
        relation: what to select from, as SQL.
    """
    spans = [
        f"to_microseconds({quote_name(each.name)}{' // 1000' if each.unit == 'ns' else ''}) AS {quote_name(each.name)}"
        for each in schema.columns
        if each.is_temporal and each.kind == "duration"
    ]
    renamed = [f"{quote_name(name)} AS {quote_name(other)}" for name, other in shown.items() if name != other]
    query = f"SELECT *{_list('REPLACE', spans)} FROM {relation}"
    return f"SELECT *{_list('RENAME', renamed)} FROM ({query})" if renamed else query


def _list(verb: str, changes: list[str]) -> str:
    return f" {verb} ({', '.join(changes)})" if changes else ""
