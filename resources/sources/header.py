"""A header that is a row of data: files such as those of the UCI repository have none."""

import polars as pl

SAMPLE = 1_000
"""Rows that the names are compared with."""


def note_header(raw: pl.DataFrame, *, untyped: bool) -> list[str]:
    """Note that the first row looks like data, where most names look like values of their own columns.

    Args:
        raw: the columns as read.
        untyped: whether the names come from the first row of a text file.
    """
    if not untyped or not raw.width:
        return []
    texts = [name for name, dtype in raw.schema.items() if dtype == pl.String]
    like = [name for name in texts if _is_value(name, raw[name].alias("values").head(SAMPLE))]
    if len(like) * 2 <= raw.width:
        return []
    return [
        f"the first row looks like data: names such as {like[0]!r} are values of their own columns; where the file has "
        "no header, set 'header: false' and 'names: [...]'"
    ]


def _is_value(name: str, values: pl.Series) -> bool:
    """Whether a name occurs among the values of its column, or is a number within their range."""
    present = values.drop_nulls().str.strip_chars()
    numbers = present.cast(pl.Float64, strict=False)
    number = pl.Series([name.strip()]).cast(pl.Float64, strict=False)[0]
    if number is not None and len(numbers) and not numbers.null_count():
        return bool(numbers.min() <= number <= numbers.max())
    return bool((present == name.strip()).any())
