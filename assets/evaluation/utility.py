"""Utility: how well a classifier trained on synthetic rows does on real ones, beside one trained on real rows."""

from assets.evaluation.classifier import Classifier
from assets.evaluation.contract import Comparison, Measurement
from resources.seeds import derive_seed


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``utility`` and ``utility_real``: accuracy on the holdout (train on synthetic, test on real).

    Both classifiers see the same frozen features and are trained the same way. ``utility_real`` is computed once a
    study. A class that the synthetic rows lack is never predicted; rows of one class give the accuracy of a constant.
    """
    probe = comparison.probe
    features = probe.label_features
    if features is probe.embedding:
        points = probe.view(comparison.synthetic, seed=comparison.seed).points
    else:
        points = features.transform(comparison.synthetic)
    labels = comparison.synthetic[probe.label.name]
    classifier = Classifier.fit(points, labels, seed=derive_seed("classifier", comparison.seed))
    accuracy = classifier.accuracy(probe.holdout_label_points, probe.holdout[probe.label.name])
    return [Measurement("utility", *accuracy), Measurement("utility_real", *probe.real_accuracy)]
