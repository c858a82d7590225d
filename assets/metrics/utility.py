"""Utility (train on synthetic, test on real), compared with a model that is trained on real rows."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from outcross.assets.instruments.probe import Probe
from outcross.assets.instruments.standard_error import NONE
from outcross.assets.metrics.contract import ANY, Comparison, Margin, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.schema import Schema

ENDPOINTS = (
    Endpoint(
        "utility",
        Definition.UTILITY_FALLS,
        Reading.ANY_RISK,
        "higher",
        "accuracy of a classifier of the label, or R² of a model of the target, trained on synthetic, tested on real",
    ),
    Endpoint(
        "utility_real",
        Definition.UTILITY_FALLS,
        Reading.ANY_RISK,
        "higher",
        "the same model trained on real rows, for comparison",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``utility`` and ``utility_real`` on the holdout (train on synthetic, test on real).

    It is the accuracy of a linear classifier where the data have a label, and R² of a ridge regression where they have
    a target. Against the previous generation, only ``utility`` is measured, on that generation's rows.

    ``utility`` has no standard error: how a model of other synthetic rows would do is not known from one. That of
    ``utility_real`` is over the test rows, since its model stays. Both models see the same frozen features and are
    trained the same way. ``utility_real`` is computed once per study. A class that the synthetic rows lack is never
    predicted. Synthetic rows of a single class give the accuracy of a constant prediction; a constant target gives an
    R² of at most 0.
    """
    rows, points = comparison.test
    values = rows[comparison.probe.outcome.name]
    if comparison.probe.schema.label is None:
        found = comparison.regressor.explained(points, values)
    else:
        found = comparison.classifier.accuracy(points, values)
    measured = [Measurement("utility", found[0], NONE)]
    if comparison.against == "holdout":
        measured.append(Measurement("utility_real", *comparison.probe.real_utility))
    return measured


def find_constants(schema: Schema, anchor: pl.DataFrame, holdout: pl.DataFrame) -> Mapping[str, float]:
    """Return what a constant has on the holdout: the most frequent label of the anchor, or the mean target (R² 0)."""
    if schema.label is None:
        return {"utility": 0.0}
    return {"utility": float(_constant_is_right(anchor[schema.label.name], holdout[schema.label.name]).mean())}


def _constant_is_right(anchor: pl.Series, labels: pl.Series) -> np.ndarray:
    """Return for each labelled row whether the most frequent label of the anchor is its own."""
    right: np.ndarray = labels.drop_nulls().to_numpy() == anchor.drop_nulls().mode().sort().first()
    return right


def find_margins(probe: Probe) -> Mapping[str, Margin]:
    """Compare the model that is trained on the anchor with a constant, on the holdout.

    The constant is the most frequent label of the anchor; the error is that of the paired difference. R² of the
    constant is 0.
    """
    if probe.schema.label is None:
        value, error = probe.real_utility
        return {"utility": Margin(value=value, constant=0.0, error=error)}
    name = probe.label.name
    labelled = probe.holdout[name].is_not_null().to_numpy()
    labels = probe.holdout[name].to_numpy()[labelled]
    right = probe.anchor_view.classifier.predict(probe.holdout_view.label_points[labelled]) == labels
    constant = _constant_is_right(probe.anchor[name], probe.holdout[name])
    difference = right.astype(float) - constant
    error = float(difference.std() / np.sqrt(len(difference)))
    return {"utility": Margin(value=float(right.mean()), constant=float(constant.mean()), error=error)}


METRIC = RowMetric(
    name="utility",
    modalities=ANY,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_outcome=True,
    find_constants=find_constants,
    find_margins=find_margins,
)
