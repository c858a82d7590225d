"""Utility that counts every class the same, so that a lost rare class shows: balanced accuracy, ROC AUC, precision."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from outcross.assets.instruments.class_scores import Scored, average_precision, balanced_accuracy, roc_auc
from outcross.assets.instruments.classifier import Classifier
from outcross.assets.instruments.probe import Probe
from outcross.assets.metrics.contract import ANY, Comparison, Margin, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.assets.metrics.levels import Levels, count_classes
from outcross.resources.schema import Schema

ENDPOINTS = (
    Endpoint(
        "balanced_accuracy",
        Definition.UTILITY_FALLS,
        Reading.MODES,
        "higher",
        "accuracy on each class of a classifier trained on synthetic, tested on real; mean over classes",
    ),
    Endpoint(
        "roc_auc",
        Definition.UTILITY_FALLS,
        Reading.MODES,
        "higher",
        "area under the ROC curve of that classifier, each class against the rest, mean over classes",
    ),
    Endpoint(
        "average_precision",
        Definition.UTILITY_FALLS,
        Reading.MODES,
        "higher",
        "average precision of that classifier, each class against the rest, mean over classes",
    ),
)

MOST_CLASSES = 100
"""Most classes that have a line of their own."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``balanced_accuracy``, ``roc_auc`` and ``average_precision`` of the classifier of ``utility``.

    Each class has a line of ``balanced_accuracy``, where there are at most 100.

    Each is the unweighted mean over the classes that the test rows have. A constant prediction has a balanced accuracy
    of 1 ÷ classes, an AUC of 0.5, and the mean share of a class as its average precision; a class that the synthetic
    rows lack counts as one that is predicted so.
    """
    rows, points = comparison.test
    label = comparison.probe.label.name
    found = _score(comparison.classifier, points, rows[label])
    measured = [Measurement(name, *scored) for name, scored in found.items()]
    return [*measured, *_by_class(comparison.classifier.predict(points), rows[label])]


def _by_class(predicted: np.ndarray, labels: pl.Series) -> list[Measurement]:
    """Return the accuracy on each class, where there are not too many to look at."""
    classes = labels.drop_nulls().unique().sort().to_list()
    if len(classes) > MOST_CLASSES:
        return []
    right = predicted == labels.to_numpy()
    own = {name: right[labels.eq_missing(pl.Series([name])).to_numpy()] for name in classes}
    return [
        Measurement.of_mean("balanced_accuracy", values.astype(float), f"{labels.name}={name}")
        for name, values in own.items()
    ]


def _score(classifier: Classifier, points: np.ndarray, labels: pl.Series) -> dict[str, Scored]:
    labelled = labels.is_not_null().to_numpy()
    points, truth = points[labelled], labels.to_numpy()[labelled]
    classes = sorted(set(truth))
    scores = classifier.scores(points, classes)
    return {
        "balanced_accuracy": balanced_accuracy(classifier.predict(points), truth, classes),
        "roc_auc": roc_auc(scores, truth, classes),
        "average_precision": average_precision(scores, truth, classes),
    }


def find_constants(schema: Schema, anchor: pl.DataFrame, holdout: pl.DataFrame) -> Mapping[str, float]:
    """Return what a constant prediction has, for the classes of the holdout; the anchor is not used."""
    assert schema.label is not None
    # The shares of the classes sum to 1, so that their mean is 1 ÷ classes.
    mean = 1 / max(holdout[schema.label.name].drop_nulls().n_unique(), 1)
    return {"balanced_accuracy": mean, "roc_auc": 0.5, "average_precision": mean}


def find_margins(probe: Probe) -> Mapping[str, Margin]:
    """Compare the classifier that is trained on the anchor with a constant, on the holdout."""
    labels = probe.holdout[probe.label.name]
    found = _score(probe.anchor_view.classifier, probe.holdout_view.label_points, labels)
    constants = find_constants(probe.schema, probe.anchor, probe.holdout)
    return {name: Margin(value=value, constant=constants[name], error=error) for name, (value, error) in found.items()}


def count_levels(schema: Schema, anchor: pl.DataFrame, holdout: pl.DataFrame) -> Levels:
    """Count the classes: those of the anchor that the holdout lacks are left out."""
    assert schema.label is not None
    return count_classes(schema.label.name, anchor, holdout, fewest=1)


METRIC = RowMetric(
    name="class_utility",
    modalities=ANY,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_label=True,
    count_levels=count_levels,
    of_levels=frozenset(endpoint.metric for endpoint in ENDPOINTS),
    find_constants=find_constants,
    find_margins=find_margins,
)
