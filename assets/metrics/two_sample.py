"""Classifier two-sample test: whether synthetic rows can be told from real ones, whatever gives them away."""

import numpy as np

from outcross.assets.instruments.classifier_two_sample import encode_columns, level_orders, two_sample_auc
from outcross.assets.instruments.drawing import Rows, draw_rows
from outcross.assets.metrics.contract import IMAGE, ROWS, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.seeds import derive_seed

ENDPOINTS = (
    Endpoint(
        "two_sample_auc",
        Definition.SHAPE_DEFORMS,
        Reading.HALLUCINATED,
        "lower",
        "area under the ROC curve of a classifier of synthetic against real rows",
    ),
)

MOST_ROWS = 2_000
"""Rows of either side; of more, that many are drawn by seed."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``two_sample_auc``: area under the ROC curve of a classifier of synthetic against reference rows.

    Lopez-Paz & Oquab 2017 (arXiv 1610.06545), with the area in place of the accuracy, which unequal numbers of rows
    would shift. .5: the sides cannot be told apart; 1: always. Either half of the rows is scored by gradient-boosted
    trees fitted to the other, and the two areas averaged. The standard error is DeLong's over the scored rows; that
    the trees would differ with other rows is not in it. Of images the trees see the points in the probe's embedding.
    """
    sides = _points(comparison) if comparison.schema.modality == "image" else _columns(comparison)
    return [Measurement("two_sample_auc", *two_sample_auc(*sides, seed=derive_seed("halves", comparison.seed)))]


def _points(comparison: Comparison) -> tuple[np.ndarray, np.ndarray]:
    """(rows, dimensions) of both sides in the embedding."""
    synthetic, reference = comparison.views
    return _draw(comparison, "synthetic", synthetic.points), _draw(comparison, "reference", reference.points)


def _columns(comparison: Comparison) -> tuple[np.ndarray, np.ndarray]:
    """(rows, columns) of both sides of a table as numbers."""
    orders = level_orders(comparison.probe.anchor, comparison.schema)
    synthetic = _draw(comparison, "synthetic", comparison.synthetic)
    reference = _draw(comparison, "reference", comparison.reference)
    return encode_columns(synthetic, orders, comparison.schema), encode_columns(reference, orders, comparison.schema)


def _draw(comparison: Comparison, name: str, rows: Rows) -> Rows:
    return draw_rows(rows, MOST_ROWS, derive_seed("two samples", name, comparison.seed))


METRIC = RowMetric(
    name="two_sample",
    modalities=ROWS,
    measure=measure,
    endpoints=ENDPOINTS,
    opt_in=IMAGE,
)
