"""Classifier two-sample test (C2ST): how well a classifier separates synthetic from reference rows."""

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
        has_zero=False,
        unit="AUC",
    ),
)

MOST_ROWS = 2_000
"""Most rows of either side; of more, a sample is drawn by seed."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``two_sample_auc``: the area under the ROC curve of a classifier of synthetic against reference rows.

    Lopez-Paz & Oquab 2017 (arXiv 1610.06545), with the area instead of the accuracy, which depends on the numbers of
    rows. The area is 0.5 where the sides cannot be separated and 1 where they always can. Each half of the rows is
    scored by gradient-boosted trees fitted to the other half, and the two areas are averaged. The standard error is
    DeLong's over the scored rows of one half: a chance pattern in both halves raises both areas, and this covers the
    variation of the trees. For images, the features are the points in the probe's embedding.
    """
    sides = _points(comparison) if comparison.schema.modality == "image" else _columns(comparison)
    return [Measurement("two_sample_auc", *two_sample_auc(*sides, seed=derive_seed("halves", comparison.seed)))]


def _points(comparison: Comparison) -> tuple[np.ndarray, np.ndarray]:
    """Return (rows, dimensions) of both sides in the embedding."""
    synthetic, reference = comparison.views
    return _draw(comparison, "synthetic", synthetic.points), _draw(comparison, "reference", reference.points)


def _columns(comparison: Comparison) -> tuple[np.ndarray, np.ndarray]:
    """Return (rows, columns) of both sides of a table as numbers."""
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
