"""Inference of a column's role where the settings do not give it."""

import polars as pl

from outcross.resources.schema import Role
from outcross.resources.sources.convert import MOST_LEVELS, parse_numbers, parse_times

LABEL_NAMES = frozenset({"label", "target", "class"})
INDEX_NAMES = frozenset({"_", "id", "index", "unnamed: 0", "__index_level_0__"})
"""Names of columns that number the rows; ``_`` is a column without a name."""
MOST_CLASSES = 100
"""Most distinct whole numbers with which a column named like a label is read as a label."""
WORDS_OF_TEXT = 8
"""Fewest words a value, on average, with which a column of mostly distinct values is read as text."""
FEWEST_KEYS = 20
"""Fewest values at which an all-distinct column is read as an identifier; with fewer it may be chance."""


def guess_role(values: pl.Series, *, untyped: bool) -> tuple[Role, str | None]:
    """Infer the role of a column, with a note where the result may surprise.

    Args:
        values: the column as read; not all null.
        untyped: whether the file stores every value as text (CSV), so that numbers and dates have to be parsed.

    Columns that fit no role (structures, bytes, lists of anything but pixels) get the nearest role. Reading them in
    that role then raises ``BadInput``, so that no column is dropped silently.
    """
    if isinstance(values.dtype, pl.Categorical | pl.Enum) or _is_beyond_64_bits(values):
        values = values.cast(pl.String)
    mixed = None
    if values.dtype == pl.String:
        typed = parse_numbers(values) if untyped else None
        typed = parse_times(values) if typed is None else typed
        mixed = _mixed(values) if untyped and typed is None else None
        values = values if typed is None else typed
    if values.name.lower() in LABEL_NAMES:
        return _guess_label(values)
    if values.dtype.is_nested() and not isinstance(values.dtype, pl.Struct):
        return Role.IMAGE, None
    if values.dtype.is_numeric():
        return _guess_numeric(values)
    if values.dtype.is_temporal():
        return Role.NUMERIC, None
    if values.dtype == pl.String and mixed is None:
        return _guess_string(values)
    return Role.CATEGORICAL, mixed


def _is_beyond_64_bits(values: pl.Series) -> bool:
    """Whether whole numbers are too large to count with: those are identifiers, which floats would blur."""
    whole = values.dtype.is_integer() or (isinstance(values.dtype, pl.Decimal) and values.dtype.scale == 0)
    return whole and values.cast(pl.Int64, strict=False).null_count() > values.null_count()


def _guess_label(values: pl.Series) -> tuple[Role, str | None]:
    if values.dtype.is_numeric():
        whole = values.dtype.is_integer() or (values.drop_nulls() % 1 == 0).all()
        if not whole or values.n_unique() > MOST_CLASSES:
            return Role.NUMERIC, f"column {values.name!r} is named like a label but holds a quantity: read as numeric"
    return Role.LABEL, None


def _guess_numeric(values: pl.Series) -> tuple[Role, str | None]:
    if values.name.lower() in INDEX_NAMES and values.dtype.is_integer() and values.n_unique() == len(values):
        return Role.IGNORE, f"column {values.name!r} numbers the rows: ignored"
    return Role.NUMERIC, None


def _guess_string(values: pl.Series) -> tuple[Role, str | None]:
    present = values.drop_nulls()
    distinct = present.n_unique()
    words = float(present.str.count_matches(r"\S+").mean() or 0)  # type: ignore[arg-type]
    if words >= WORDS_OF_TEXT and distinct > len(present) / 2:
        return Role.TEXT, f"column {values.name!r} has {words:.0f} words a row: read as text"
    if distinct == len(present) >= FEWEST_KEYS:
        return Role.IGNORE, (
            f"column {values.name!r} differs in every row, as identifiers do: ignored; give it a role to keep it"
        )
    if distinct > MOST_LEVELS:
        return Role.IGNORE, (
            f"column {values.name!r} has {distinct:,} distinct values, more than a category can have: ignored"
        )
    return Role.CATEGORICAL, None


def _mixed(values: pl.Series) -> str | None:
    """Return a note where most, but not all, values of a column are numbers."""
    words = values.filter(values.str.strip_chars().cast(pl.Float64, strict=False).is_null() & values.is_not_null())
    if not 0 < len(words) < values.count() / 2:
        return None
    examples = ", ".join(repr(word) for word in words.unique().sort().head(3))
    return (
        f"column {values.name!r} mixes numbers with {len(words):,} other values ({examples}): read as categorical; "
        "name them in 'null_values' if they stand for missing values"
    )
