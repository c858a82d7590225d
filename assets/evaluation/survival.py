"""Survival: which classes and rare categories of the real data are still generated."""

import math

import polars as pl

from assets.evaluation.contract import Comparison, Measurement, Metric
from resources.schema import Schema

RARE = 0.05
_TAIL = 0.01


def rare_cells(anchor: pl.DataFrame, schema: Schema) -> list[tuple[str, pl.Expr]]:
    """Return what counts as rare in the anchor: a name and a predicate each.

    Levels of discrete columns under five per cent; where there are none, the tails of the numeric columns beyond the
    anchor's 1 % and 99 % quantiles; for images without rare levels, the label's classes.
    """
    cells: list[tuple[str, pl.Expr]] = []
    for column in schema.discrete:
        counts = anchor[column.name].drop_nulls().value_counts(sort=True)
        rare = counts.filter(pl.col("count") < RARE * anchor.height)[column.name].to_list()
        cells += [(f"{column.name}={level}", pl.col(column.name) == level) for level in rare]
    if cells:
        return cells
    for column in schema.numeric:
        low, high = (anchor[column.name].cast(pl.Float64).quantile(q) for q in (_TAIL, 1 - _TAIL))
        cells += [
            (f"{column.name}<{low}", pl.col(column.name) < low),
            (f"{column.name}>{high}", pl.col(column.name) > high),
        ]
    label = schema.label
    if not cells and label is not None:
        levels = anchor[label.name].drop_nulls().unique().sort().to_list()
        cells = [(f"{label.name}={level}", pl.col(label.name) == level) for level in levels]
    return cells


def _classes(comparison: Comparison) -> list[Measurement]:
    label = comparison.schema.label
    assert label is not None
    known = comparison.probe.classes
    value = len(known & set(comparison.synthetic[label.name].drop_nulls().unique().to_list())) / len(known)
    return [Measurement("class_survival", value, math.nan)]


def _rare(comparison: Comparison) -> list[Measurement]:
    cells = comparison.probe.rare_cells
    if not cells:
        return []
    found = comparison.synthetic.select(
        (predicate.any().fill_null(value=False)).alias(str(index)) for index, (_, predicate) in enumerate(cells)
    ).row(0)
    return [Measurement("rare_survival", sum(found) / len(cells), math.nan)]


CLASSES = Metric("classes", frozenset({"image", "table"}), _classes, needs_label=True)
RARE_CELLS = Metric("rare", frozenset({"image", "table"}), _rare)
