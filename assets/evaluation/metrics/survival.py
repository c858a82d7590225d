"""Survival: which classes and rare categories of the anchor are generated at all."""

import numpy as np
import polars as pl

from outcross.assets.evaluation.metrics.contract import Comparison, Measurement

NONE = float("nan")
"""The standard error: whether a level is generated at all is counted once, so that nothing varies from row to row."""


def measure_classes(comparison: Comparison) -> list[Measurement]:
    """Measure ``class_survival``: the share of the label's levels in the anchor with at least one synthetic row.

    Against the previous generation, the share of those that it still had.
    """
    probe = comparison.probe
    expected = set(probe.anchor[probe.label.name].drop_nulls())
    if comparison.against == "previous":
        expected &= set(comparison.reference[probe.label.name].drop_nulls())
    found = set(comparison.synthetic[probe.label.name].drop_nulls())
    return [Measurement("class_survival", len(expected & found) / len(expected) if expected else NONE, NONE)]


def measure_rare(comparison: Comparison) -> list[Measurement]:
    """Measure ``rare_survival``: the share of the anchor's rare categories with at least one synthetic row.

    Which categories those are, see :func:`.rare.find_rare`. Generations of equally many rows compare.
    Against the previous generation, the share of those that it still had.
    """
    survived = _present(comparison, comparison.synthetic)
    if comparison.against == "previous":
        survived = survived[_present(comparison, comparison.reference)]
    return [Measurement("rare_survival", float(survived.mean()) if len(survived) else NONE, NONE)]


def _present(comparison: Comparison, rows: pl.DataFrame) -> np.ndarray:
    """(rare categories,) whether a row of each is there."""
    rare = comparison.probe.rare
    present = [bool((rows[column] == level).any()) for column, level in rare.levels]
    for column, edges in rare.tails.items():
        present += _beyond(rows[column].cast(pl.Float64).to_numpy()[:, None], np.array([edges]))
    if len(rare.directions):
        points = comparison.probe.view(rows, seed=comparison.seed).points
        present += _beyond(points[:, : len(rare.directions)], rare.directions)
    return np.array(present, dtype=bool)


def _beyond(values: np.ndarray, edges: np.ndarray) -> list[bool]:
    """Whether each existing tail holds a value. Args: (rows, columns) and (columns, 2)."""
    finite = np.isfinite(edges)
    with np.errstate(invalid="ignore"):
        hit = np.stack([(values < edges[:, 0]).any(axis=0), (values > edges[:, 1]).any(axis=0)], axis=1)
    return hit[finite].tolist()
