"""Rare survival: the share of the anchor's rare categories that are still generated."""

import numpy as np
import polars as pl

from outcross.assets.instruments.standard_error import NONE
from outcross.assets.metrics.contract import ROWS, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "rare_survival",
        Definition.TAILS_VANISH,
        Reading.TAILS,
        "higher",
        "share of the rare categories (under 5 %) still generated",
        all_or_nothing=True,
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``rare_survival``: the share of the anchor's rare categories with at least one synthetic row.

    :func:`.rare.find_rare` defines the rare categories. Compare generations with equally many rows. Against the
    previous generation, only the categories that it still had count. There is no standard error, because survival of a
    category is one observation and does not vary from row to row.
    """
    survived = _present(comparison, comparison.synthetic)
    if comparison.against == "previous":
        survived = survived[_present(comparison, comparison.reference)]
    return [Measurement("rare_survival", float(survived.mean()) if len(survived) else NONE, NONE)]


def _present(comparison: Comparison, rows: pl.DataFrame) -> np.ndarray:
    """Return (rare categories,) whether any row belongs to each."""
    rare = comparison.probe.rare
    present = [bool((rows[column] == level).any()) for column, level in rare.levels]
    for column, edges in rare.tails.items():
        present += _beyond(rows[column].cast(pl.Float64).to_numpy()[:, None], np.array([edges]))
    if len(rare.directions):
        points = comparison.probe.view(rows, seed=comparison.seed).points
        present += _beyond(points[:, : len(rare.directions)], rare.directions)
    return np.array(present, dtype=bool)


def _beyond(values: np.ndarray, edges: np.ndarray) -> list[bool]:
    """Return whether each existing tail holds a value, given (rows, columns) values and (columns, 2) edges."""
    finite = np.isfinite(edges)
    with np.errstate(invalid="ignore"):
        hit = np.stack([(values < edges[:, 0]).any(axis=0), (values > edges[:, 1]).any(axis=0)], axis=1)
    result: list[bool] = hit[finite].tolist()
    return result


METRIC = RowMetric(
    name="rare_survival",
    modalities=ROWS,
    measure=measure,
    endpoints=ENDPOINTS,
)
