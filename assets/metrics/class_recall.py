"""Class recall: recall of the real rows of each class by the synthetic rows of that class."""

import numpy as np
import polars as pl

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.manifold import MOST_ROWS, Manifold, squared_distances
from outcross.assets.metrics.contract import IMAGE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.assets.metrics.levels import Levels, count_classes
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed

ENDPOINTS = (
    Endpoint(
        "class_recall",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "higher",
        "recall of each class by the synthetic rows of that class, mean over classes",
    ),
    Endpoint("worst_class_recall", Definition.TAILS_VANISH, Reading.MODES, "higher", "the lowest recall of a class"),
)

FEWEST_ROWS = 10
"""Fewest reference rows of a class whose recall is measured."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``class_recall`` and ``worst_class_recall`` with k = 5 in the probe's embedding.

    The recall of a class is the share of its reference rows inside the manifold of the synthetic rows with that label
    (Kynkäänniemi et al. 2019, arXiv 1904.06991, equation 2, within a class); it is 0 if none is generated.
    ``class_recall`` is the unweighted mean over classes with at least ten reference rows, and has a line per class. A
    second line of ``worst_class_recall`` names the class. Without such classes nothing is measured.

    Standard errors are those of a mean over independent reference rows, with the synthetic side fixed. The error of the
    worst recall is that of its class; it does not cover its selection as the lowest.
    """
    label = comparison.probe.label.name
    sides = [(view.points, view.rows[label]) for view in comparison.views]
    found = {}
    for level in sorted(set(comparison.reference[label].drop_nulls())):
        seed = derive_seed("class recall", level, comparison.seed)
        made, real = (
            draw_rows(points[labels.eq_missing(level).to_numpy()], MOST_ROWS, seed) for points, labels in sides
        )
        if len(real) >= FEWEST_ROWS:
            recalled = find_recalled(made, real)
            found[f"{label}={level}"] = float(recalled.mean()), float(recalled.std() / np.sqrt(len(recalled)))
    if not found:
        return []
    values, errors = np.array(list(found.values())).T
    worst = min(found, key=lambda name: found[name][0])
    return [
        Measurement("class_recall", float(values.mean()), float(np.sqrt((errors**2).sum()) / len(errors))),
        *(Measurement("class_recall", *each, name) for name, each in found.items()),
        Measurement("worst_class_recall", *found[worst]),
        Measurement("worst_class_recall", *found[worst], worst),
    ]


def find_recalled(synthetic: np.ndarray, real: np.ndarray) -> np.ndarray:
    """Return (real rows,) whether the ball of a synthetic point contains each; fewer than two points have no balls."""
    recalled = np.zeros(len(real), dtype=bool)
    if len(synthetic) < 2:
        return recalled
    manifold = Manifold.build(synthetic)
    norms = (real**2).sum(axis=1)
    for start, distances in squared_distances(synthetic, manifold.squared_norms, real, norms):
        radii = manifold.squared_radii[start : start + len(distances), None]
        recalled |= (distances <= radii).any(axis=0)
    return recalled


def count_levels(schema: Schema, anchor: pl.DataFrame, holdout: pl.DataFrame) -> Levels:
    """Count the rows of each class in the holdout."""
    assert schema.label is not None
    return count_classes(schema.label.name, anchor, holdout, fewest=FEWEST_ROWS)


METRIC = RowMetric(
    name="class_recall",
    modalities=IMAGE,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_label=True,
    count_levels=count_levels,
    of_levels=frozenset(endpoint.metric for endpoint in ENDPOINTS),
)
