"""Sensitivity of the metrics of images: distorted real images must measure worse than the same images intact."""

from functools import cache

import polars as pl
import pytest

from outcross.assets.metrics.registry import METRIC_OF
from tests.assets.evaluation.images import blurred, measured, noisy, three_parts
from tests.assets.evaluation.ranking import Values, metrics_of_rows, worse_by

FAMILIES = sorted({METRIC_OF[metric].name for metric in metrics_of_rows("image")})
WORSE = {
    "blurred": ["spectral_tilt", "frechet", "kernel_distance", "two_sample_auc", "recall", "variance_ratio"],
    "noisy": ["precision", "density", "spectral_tilt", "frechet", "kernel_distance", "two_sample_auc"],
    "half of the classes": [
        "recall", "coverage", "class_recall", "worst_class_recall", "vendi", "vendi_ratio", "frechet",
        "kernel_distance", "utility", "class_survival", "balanced_accuracy", "roc_auc",
        "average_precision",
    ],
    "copies of the anchor": ["record_distance", "neighbour_ratio", "copies", "authenticity", "close_copies"],
    "ten over and over": ["close_repeats", "rare_survival", "recall", "coverage", "vendi", "entropy_ratio"],
}  # fmt: skip
UNMOVED = {"half of the classes": ["precision", "copies"], "copies of the anchor": ["spectral_tilt", "vendi_ratio"]}


@cache
def found(kind: str, spoilt: str) -> Values:
    """Measure distorted real rows that the probe never saw; their number does not depend on the distortion."""
    anchor, _, fresh, schema = three_parts(kind)
    some = fresh.filter(pl.col("label") < "5")
    rows = fresh[: some.height]
    made = {
        "real": rows,
        "other real ones": fresh[some.height :][: some.height],
        "blurred": blurred(schema, rows),
        "noisy": noisy(schema, rows),
        "half of the classes": some,
        "copies of the anchor": anchor[: some.height],
        "ten over and over": pl.concat([rows[:10]] * (some.height // 10)),
    }
    return measured(kind, made[spoilt], FAMILIES)


CASES = [(spoilt, metric) for spoilt, metrics in WORSE.items() for metric in metrics]


@pytest.mark.parametrize("kind", ["digits", "mnist10k"])
@pytest.mark.parametrize(("spoilt", "metric"), CASES)
def test_spoilt_images_measure_clearly_worse_than_real_ones(kind: str, spoilt: str, metric: str) -> None:
    by, error = worse_by(metric, found(kind, spoilt), found(kind, "real"))
    assert by > 3 * error


def test_every_metric_of_images_is_moved_by_some_distortion() -> None:
    assert sorted({metric for _, metric in CASES}) == metrics_of_rows("image")


@pytest.mark.parametrize("kind", ["digits", "mnist10k"])
@pytest.mark.parametrize(("spoilt", "metric"), [(each, metric) for each in UNMOVED for metric in UNMOVED[each]])
def test_a_metric_does_not_move_where_its_property_is_intact(kind: str, spoilt: str, metric: str) -> None:
    by, error = worse_by(metric, found(kind, spoilt), found(kind, "real"))
    assert abs(by) <= 5 * error


WITHOUT_ERROR = {
    "average_precision", "balanced_accuracy", "class_survival", "rare_survival", "roc_auc", "utility"
}  # fmt: skip
"""Metrics that state no standard error, or families of them."""


@pytest.mark.parametrize("kind", ["digits", "mnist10k"])
@pytest.mark.parametrize("metric", metrics_of_rows("image"))
def test_other_real_images_do_not_move_a_metric(kind: str, metric: str) -> None:
    (value, error), (other, its_error) = (found(kind, which)[metric] for which in ("real", "other real ones"))
    if METRIC_OF[metric].name in WITHOUT_ERROR or metric in WITHOUT_ERROR:
        assert value == pytest.approx(other, abs=0.1)
    else:
        assert abs(value - other) <= 4 * (error**2 + its_error**2) ** 0.5


NEUTRAL = {"kernel_distance": 0.0, "two_sample_auc": 0.5, "vendi_ratio": 1.0, "spectral_tilt": 1.0}


@pytest.mark.parametrize("kind", ["digits", "mnist10k"])
@pytest.mark.parametrize("metric", list(NEUTRAL))
def test_real_images_measure_as_real(kind: str, metric: str) -> None:
    value, error = found(kind, "real")[metric]
    assert value == pytest.approx(NEUTRAL[metric], abs=3 * error)
