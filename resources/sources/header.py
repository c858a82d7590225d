"""A header that the settings state, and that looks like a row of data."""

from dataclasses import replace

import polars as pl

from outcross.resources.sources.column_record import ColumnRecord
from outcross.resources.sources.formats.dialect import SAMPLE
from outcross.resources.sources.formats.first_row import find_data


def tell_header(records: list[ColumnRecord], raw: pl.DataFrame, *, untyped: bool) -> list[str]:
    """Say of a column that the first row looks like data, where it does.

    Args:
        records: what is told of the columns; that of the first that looks like data is replaced.
        raw: the columns as read.
        untyped: whether the names come from the first row of a text file.

    Returns the notes: one, or none.
    """
    texts = [place for place, dtype in enumerate(raw.dtypes) if dtype == pl.String]
    if not untyped or not texts:
        return []
    sample = [["" if value is None else str(value) for value in row] for row in raw.head(SAMPLE).rows()]
    found = find_data([raw.columns[place] for place in texts], [[row[place] for place in texts] for row in sample])
    if not found:
        return []
    place = texts[found[0]]
    first = records[place]
    why = f"the first row looks like data: names such as {first.name!r} are like the values of their own columns"
    remedy = "where the file has no header, set 'header: false' and 'names: [...]'"
    records[place] = replace(first, why=f"{first.why}; {why}", remedy=remedy, told=True)
    return [f"{why}; {remedy}"]
