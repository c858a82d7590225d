"""Utility (train on synthetic, test on real), compared with a classifier that is trained on real rows."""

from outcross.assets.metrics.contract import ROWS, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "utility",
        Definition.UTILITY_FALLS,
        Reading.ANY_RISK,
        "higher",
        "accuracy of a classifier trained on synthetic, tested on real",
    ),
    Endpoint(
        "utility_real",
        Definition.UTILITY_FALLS,
        Reading.ANY_RISK,
        "higher",
        "the same classifier trained on real rows, for comparison",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``utility`` and ``utility_real``: the accuracy on the holdout (train on synthetic, test on real).

    Against the previous generation, only ``utility`` is measured, on that generation's rows.

    Both classifiers see the same frozen features and are trained the same way. ``utility_real`` is computed once per
    study. A class that the synthetic rows lack is never predicted. Synthetic rows of a single class give the accuracy
    of a constant prediction.
    """
    rows, points = comparison.test
    accuracy = comparison.classifier.accuracy(points, rows[comparison.probe.label.name])
    measured = [Measurement("utility", *accuracy)]
    if comparison.against == "holdout":
        measured.append(Measurement("utility_real", *comparison.probe.real_accuracy))
    return measured


METRIC = RowMetric(
    name="utility",
    modalities=ROWS,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_label=True,
)
