"""What text says where it means a missing value."""

import polars as pl

MISSING = frozenset({"na", "n/a", "n.a.", "#n/a", "<na>", "null", "#null!", "nan", "none", "-", "--", "?", ".", "\\n"})
"""Usual tokens, in lower case. They are null in a column whose other values are numbers or dates, and there alone."""


def strip(texts: pl.Series) -> pl.Series:
    """Return text without outer white space, no-break spaces included."""
    return texts.str.strip_chars()


def drop_missing(texts: pl.Series) -> pl.Series:
    """Return the values that are neither null nor a usual token for a missing value, without outer white space."""
    stripped = strip(texts.drop_nulls())
    lower = stripped.str.to_lowercase()
    return stripped.filter((stripped != "") & ~lower.is_in(MISSING))


def list_missing(texts: pl.Series) -> list[str]:
    """List the tokens for missing values that a column holds, sorted; an empty field is ``''``."""
    stripped = strip(texts.drop_nulls()).unique()
    lower = stripped.str.to_lowercase()
    return sorted(stripped.filter((stripped == "") | lower.is_in(MISSING)).to_list())
