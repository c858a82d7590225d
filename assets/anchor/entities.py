"""Columns whose rows of one value belong together, such as those of a patient, where no entity is named."""

import numpy as np
import polars as pl

from outcross.resources.schema import Column, Role, Schema

FEWEST_LEVELS = 20
"""Fewest values of a column that may name entities."""
ROWS_A_LEVEL = (2, 50)
"""Fewest and most rows a value, on average."""
ALIKE = 0.5
"""Intraclass correlation from which a column hardly varies among the rows of one value."""
MOST_COLUMNS = 40
"""Number of other columns that are compared."""


def note_entities(rows: pl.DataFrame, schema: Schema) -> list[str]:
    """Return a note for each column that looks like an entity, with the remedy.

    It is a categorical or group column, or one of whole numbers, with at least 20 values and few rows each, within
    which at least half of the other columns hardly vary: their intraclass correlation (one-way analysis of variance,
    Shrout & Fleiss 1979) is 0.5 or more. Such rows are no independent evidence, and a holdout that shares entities
    with the anchor measures whether they are recognised.
    """
    notes = []
    for column in schema.columns:
        if not _may_name_entities(rows[column.name], column):
            continue
        others = [each for each in schema.columns if each is not column and each.role in _COMPARED][:MOST_COLUMNS]
        codes = rows[column.name].rank("dense").fill_null(0).to_numpy().astype(np.int64)
        alike = [each.name for each in others if _correlation(_numbers(rows[each.name], each), codes) >= ALIKE]
        if others and 2 * len(alike) >= len(others):
            levels = rows[column.name].n_unique()
            notes.append(
                f"column {column.name!r} has {levels:,} values with {rows.height / levels:.0f} rows each, within which "
                f"{', '.join(map(repr, alike[:3]))} hardly vary: if they are rows of one entity, set "
                f"'entity: {column.name}', so that they stay on one side of the split"
            )
    return notes


_COMPARED = (Role.NUMERIC, Role.CATEGORICAL, Role.LABEL, Role.GROUP)


def _may_name_entities(values: pl.Series, column: Column) -> bool:
    if column.role not in (Role.CATEGORICAL, Role.GROUP) and not column.integer:
        return False
    levels = values.n_unique()
    return levels >= FEWEST_LEVELS and ROWS_A_LEVEL[0] <= len(values) / levels <= ROWS_A_LEVEL[1]


def _numbers(values: pl.Series, column: Column) -> np.ndarray:
    """Return (rows, dimensions) numbers: the values, or an indicator for each of the most frequent levels."""
    if column.role is Role.NUMERIC:
        return values.cast(pl.Float64).fill_null(strategy="mean").fill_null(0.0).to_numpy()[:, None]
    levels = values.drop_nulls().value_counts(name="rows").sort("rows", values.name, descending=[True, False])
    kept = levels[values.name].head(FEWEST_LEVELS)
    return np.column_stack([values.eq_missing(pl.Series([level])).to_numpy() for level in kept]).astype(np.float64)


def _correlation(numbers: np.ndarray, codes: np.ndarray) -> float:
    """Return the intraclass correlation of (rows, dimensions) numbers, their variances added up; 0 for constants."""
    rows, counts = len(codes), np.bincount(codes)
    groups = int((counts > 0).sum())
    if groups < 2 or groups == rows:
        return 0.0
    sums = np.column_stack([np.bincount(codes, weights=column) for column in numbers.T])
    centred = sums - counts[:, None] * numbers.mean(axis=0)
    between = float((centred**2 / np.maximum(counts, 1)[:, None]).sum()) / (groups - 1)
    total = float(((numbers - numbers.mean(axis=0)) ** 2).sum())
    within = max(total - between * (groups - 1), 0.0) / (rows - groups)
    size = (rows - float((counts**2).sum()) / rows) / (groups - 1)
    spread = between + (size - 1) * within
    return (between - within) / spread if spread > 0 else 0.0
