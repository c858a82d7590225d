"""The columns of stored rows in SQL: under their names for users, durations as intervals, times as TIME."""

from collections.abc import Mapping

from outcross.resources.schema import Column, Schema
from outcross.resources.sql_text import quote_name


def select_stored(schema: Schema, shown: Mapping[str, str], relation: str) -> str:
    """Return the query for all columns of stored rows.

    DuckDB reads dates and decimal numbers from Parquet as such, times as TIME_NS, and durations as whole numbers of a
    time unit.

    Args:
        schema: the columns of the source; the relation may have others.
        shown: canonical name → name for users.
        relation: what to select from, as SQL.
    """
    typed = [
        f"{_value(each)} AS {quote_name(each.name)}"
        for each in schema.columns
        if each.is_temporal and each.kind in ("duration", "time")
    ]
    renamed = [f"{quote_name(name)} AS {quote_name(other)}" for name, other in shown.items() if name != other]
    query = f"SELECT *{_list('REPLACE', typed)} FROM {relation}"
    return f"SELECT *{_list('RENAME', renamed)} FROM ({query})" if renamed else query


def _value(column: Column) -> str:
    name = quote_name(column.name)
    if column.kind == "time":
        return f"CAST({name} AS {'TIME_NS' if column.unit == 'ns' else 'TIME'})"
    return f"to_microseconds({name}{' // 1000' if column.unit == 'ns' else ''})"


def _list(verb: str, changes: list[str]) -> str:
    return f" {verb} ({', '.join(changes)})" if changes else ""
