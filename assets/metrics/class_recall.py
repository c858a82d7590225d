"""Class recall: whether the synthetic rows of each class reach the real rows of that class."""

import numpy as np

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.manifold import MOST_ROWS, Manifold, squared_distances
from outcross.assets.metrics.contract import IMAGE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
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
"""Reference rows of a class from which on its recall is measured."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``class_recall`` and ``worst_class_recall`` with k = 5 in the probe's embedding.

    The recall of a class is the share of its reference rows inside the manifold of the synthetic rows with that label
    (Kynkäänniemi et al. 2019, arXiv 1904.06991, equation 2, within a class): 0 where none is generated.
    ``class_recall`` is the plain mean over classes with ten reference rows or more, and has a line for each; a second
    line of ``worst_class_recall`` names the class that has it. Without such classes there is nothing to measure.

    Standard errors are of a mean over independent reference rows, the synthetic side held fixed; that of the worst is
    the one of its class, and says nothing of its being chosen as the lowest of several.
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
    """(real rows,) whether each lies in the ball of a synthetic point; fewer than two of these have no ball."""
    recalled = np.zeros(len(real), dtype=bool)
    if len(synthetic) < 2:
        return recalled
    manifold = Manifold.build(synthetic)
    norms = (real**2).sum(axis=1)
    for start, distances in squared_distances(synthetic, manifold.squared_norms, real, norms):
        radii = manifold.squared_radii[start : start + len(distances), None]
        recalled |= (distances <= radii).any(axis=0)
    return recalled


METRIC = RowMetric(
    name="class_recall",
    modalities=IMAGE,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_label=True,
)
