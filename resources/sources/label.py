"""Refusal of a label that is no class: a quantity, or nearly one value a row."""

import polars as pl

from outcross.resources.errors import BadInput

MOST_NUMBERS = 100
"""Most different numbers of a label; with more it is a quantity. A label of words may have more."""
ALWAYS_CLASSES = 10
"""Levels up to which a label is never refused for having few rows a level, such as the ten digits."""
FEWEST_ROWS_A_LEVEL = {"numbers": 5, "words": 2}
"""Fewest rows a level, on average: a quantity has few rows a value, and an identifier has one."""


def refuse_no_label(values: pl.Series, where: str) -> None:
    """Refuse a label that a classifier cannot learn.

    Args:
        values: (rows,) the label as text; nulls are no level.
        where: the column, as messages name it.

    Raises:
        BadInput: it holds decimals, more than 100 different numbers, or more than ten levels with fewer than five rows
            each on average (two, where they are no numbers); for numbers the remedy is the role ``target``.
    """
    present = values.drop_nulls()
    levels = present.unique()
    numbers = levels.cast(pl.Float64, strict=False)
    are_numbers = bool(len(levels)) and not numbers.null_count() and bool(numbers.is_finite().all())
    if are_numbers and bool((numbers % 1 != 0).any()):
        raise BadInput(f"{where}: a label names classes, but it holds decimals; give the column the role 'target'")
    if are_numbers and len(levels) > MOST_NUMBERS:
        raise BadInput(
            f"{where}: a label names classes, but it holds {len(levels):,} different numbers (at most {MOST_NUMBERS}); "
            "give the column the role 'target'"
        )
    fewest = FEWEST_ROWS_A_LEVEL["numbers" if are_numbers else "words"]
    if len(levels) > ALWAYS_CLASSES and len(levels) * fewest > len(present):
        remedy = "'target'" if are_numbers else "'categorical', 'text' or 'ignore', or merge classes"
        raise BadInput(
            f"{where}: a label names classes, but it has {len(levels):,} levels in {len(present):,} rows, under "
            f"{fewest} rows each; give the column the role {remedy}"
        )
