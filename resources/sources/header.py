"""A header that is a row of data: files such as those of the UCI repository have none."""

from dataclasses import replace

import polars as pl

from outcross.resources.sources.column_record import ColumnRecord

SAMPLE = 1_000
"""Rows that the names are compared with."""


def tell_header(records: list[ColumnRecord], raw: pl.DataFrame, *, untyped: bool) -> list[str]:
    """Say of a column that the first row looks like data, where most names look like values of their own columns.

    Args:
        records: what is told of the columns; that of the first such column is replaced.
        raw: the columns as read.
        untyped: whether the names come from the first row of a text file.

    Returns the notes: one, or none.
    """
    if not untyped or not raw.width:
        return []
    texts = {place: name for place, (name, dtype) in enumerate(raw.schema.items()) if dtype == pl.String}
    like = [place for place, name in texts.items() if _is_value(name, raw[name].alias("values").head(SAMPLE))]
    if len(like) * 2 <= raw.width:
        return []
    first = records[like[0]]
    why = f"the first row looks like data: names such as {first.name!r} are values of their own columns"
    remedy = "where the file has no header, set 'header: false' and 'names: [...]'"
    records[like[0]] = replace(first, why=f"{first.why}; {why}", remedy=remedy, told=True)
    return [f"{why}; {remedy}"]


def _is_value(name: str, values: pl.Series) -> bool:
    """Whether a name occurs among the values of its column, or is a number within their range."""
    present = values.drop_nulls().str.strip_chars()
    numbers = present.cast(pl.Float64, strict=False)
    number = pl.Series([name.strip()]).cast(pl.Float64, strict=False)[0]
    if number is not None and len(numbers) and not numbers.null_count():
        return bool(numbers.min() <= number <= numbers.max())
    return bool((present == name.strip()).any())
