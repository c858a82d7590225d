"""Utility that counts every class the same, so that a lost rare class shows: balanced accuracy, ROC AUC, precision."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.class_scores import Scored, average_precision, balanced_accuracy, roc_auc
from outcross.assets.instruments.classifier import Classifier
from outcross.assets.instruments.probe import Probe
from outcross.assets.instruments.standard_error import NONE
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
        has_zero=False,
        unit="AUC",
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
    rows lack counts as one that is predicted so. There is no standard error: how a classifier of other synthetic rows
    would do is not known from one.
    """
    test = ClassTest.of(comparison.classifier, comparison.test[1], comparison.test[0][comparison.probe.label.name])
    measured = [Measurement(name, value, NONE) for name, (value, _) in test.scored().items()]
    return [*measured, *test.by_class(comparison.probe.label.name)]


@dataclass(frozen=True, kw_only=True)
class ClassTest:
    """What a classifier says of the test rows that have a label.

    Attributes:
        truth: (rows,) their labels.
        classes: the different labels, sorted.
        predicted: (rows,) the predicted labels.
        scores: (rows, classes) scores that rank the rows.
    """

    truth: np.ndarray
    classes: list[str]
    predicted: np.ndarray
    scores: np.ndarray

    @classmethod
    def of(cls, classifier: Classifier, points: np.ndarray, labels: pl.Series) -> Self:
        """Ask a classifier about (rows, dimensions) points and their labels; rows without a label are left out."""
        labelled = labels.is_not_null().to_numpy()
        points, truth = points[labelled], labels.to_numpy()[labelled]
        classes = sorted(set(truth))
        predicted, scores = classifier.predict(points), classifier.scores(points, classes)
        return cls(truth=truth, classes=classes, predicted=predicted, scores=scores)

    def scored(self) -> dict[str, Scored]:
        """Return each endpoint's value."""
        return {
            "balanced_accuracy": balanced_accuracy(self.predicted, self.truth, self.classes),
            "roc_auc": roc_auc(self.scores, self.truth, self.classes),
            "average_precision": average_precision(self.scores, self.truth, self.classes),
        }

    def by_class(self, label: str) -> list[Measurement]:
        """Return the accuracy on each class, where there are not too many to look at."""
        if len(self.classes) > MOST_CLASSES:
            return []
        right = (self.predicted == self.truth).astype(float)
        own = {name: right[self.truth == name] for name in self.classes}
        return [
            Measurement("balanced_accuracy", float(values.mean()), NONE, f"{label}={name}")
            for name, values in own.items()
        ]


def find_constants(schema: Schema, anchor: pl.DataFrame, holdout: pl.DataFrame) -> Mapping[str, float]:
    """Return what a constant prediction has, for the classes of the holdout; the anchor is not used."""
    assert schema.label is not None
    # The shares of the classes sum to 1, so that their mean is 1 ÷ classes.
    mean = 1 / max(holdout[schema.label.name].drop_nulls().n_unique(), 1)
    return {"balanced_accuracy": mean, "roc_auc": 0.5, "average_precision": mean}


def find_margins(probe: Probe) -> Mapping[str, Margin]:
    """Compare the classifier that is trained on the anchor with a constant, on the holdout."""
    labels = probe.holdout[probe.label.name]
    found = ClassTest.of(probe.anchor_view.classifier, probe.holdout_view.label_points, labels).scored()
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
