"""Utility: how well a classifier trained on synthetic rows does on real ones (train on synthetic, test on real)."""

import math
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from assets.evaluation.contract import Comparison, Measurement, Metric

Floats = NDArray[np.float64]
_FITTED_ROWS = 20_000


def fit_classifier(features: Floats, labels: list[str]) -> Any:
    """Fit a multinomial logistic regression; where there is one class only, a classifier that always gives it."""
    from sklearn.dummy import DummyClassifier
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    features, labels = features[:_FITTED_ROWS], labels[:_FITTED_ROWS]
    if len(set(labels)) < 2:
        return DummyClassifier(strategy="most_frequent").fit(features, labels)
    return make_pipeline(StandardScaler(), LogisticRegression(max_iter=200, tol=1e-3)).fit(features, labels)


def accuracy(classifier: Any, features: Floats, labels: list[str]) -> tuple[float, float]:
    """Return the share of rows classified right, and its binomial standard error."""
    right = float(np.mean(classifier.predict(features) == np.array(labels)))
    return right, math.sqrt(right * (1 - right) / len(labels))


def known_labels(rows: pl.DataFrame, label: str) -> pl.DataFrame:
    """Rows whose label is not null."""
    return rows.filter(pl.col(label).is_not_null())


def _measure(comparison: Comparison) -> list[Measurement]:
    """Compare on the holdout; the classifier of real rows was fitted once, with the probe."""
    label = comparison.schema.label
    if label is None:
        return []
    probe = comparison.probe
    synthetic = known_labels(comparison.synthetic, label.name)
    tested = known_labels(comparison.reference, label.name)
    features = probe.features_without_label(tested)
    classifier = fit_classifier(probe.features_without_label(synthetic), synthetic[label.name].to_list())
    value, error = accuracy(classifier, features, tested[label.name].to_list())
    return [Measurement("utility", value, error), Measurement("utility_real", *probe.real_accuracy)]


UTILITY = Metric("utility", frozenset({"image", "table"}), _measure, needs_label=True)
