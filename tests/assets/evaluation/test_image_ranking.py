"""Whether the embedding is good enough: spoilt real images must measure worse than the same images unspoilt."""

from functools import cache

import numpy as np
import polars as pl
import pytest

from resources.endpoints import ENDPOINTS
from tests.assets.evaluation.images import blurred, measured, noisy, three_parts

FAMILIES = [
    "frechet", "neighbours", "two_sample", "kernel_distance", "vendi", "class_recall", "spectrum", "utility",
]  # fmt: skip
WORSE = {
    "blurred": ["spectral_tilt", "frechet", "kernel_distance", "two_sample_auc", "recall"],
    "noisy": ["precision", "density", "spectral_tilt", "frechet", "kernel_distance", "two_sample_auc"],
    "half of the classes": [
        "recall", "coverage", "class_recall", "worst_class_recall", "vendi_ratio", "frechet", "kernel_distance",
        "two_sample_auc", "utility",
    ],
}  # fmt: skip
UNMOVED = {"half of the classes": ["precision"]}


@cache
def found(kind: str, spoilt: str) -> dict[str, tuple[float, float]]:
    """Metric → value and error of real rows that the probe never saw, spoilt; as many whatever is done to them."""
    _, _, fresh, schema = three_parts(kind)
    some = fresh.filter(pl.col("label") < "5")
    rows = fresh[: some.height]
    made = {"real": rows, "half of the classes": some}
    if spoilt in {"blurred", "noisy"}:
        made[spoilt] = {"blurred": blurred, "noisy": noisy}[spoilt](schema, rows)
    return measured(kind, made[spoilt], FAMILIES)


def badness(metric: str, value: float, error: float) -> tuple[float, float]:
    """How bad a value is, and the standard error of that."""
    match ENDPOINTS[metric].direction:
        case "lower":
            return value, error
        case "higher":
            return -value, error
        case "one":
            return abs(np.log(value)), error / value


CASES = [(spoilt, metric) for spoilt, metrics in WORSE.items() for metric in metrics]


@pytest.mark.parametrize("kind", ["digits", "mnist10k"])
@pytest.mark.parametrize(("spoilt", "metric"), CASES)
def test_spoilt_images_are_worse_than_real_ones_by_far(kind: str, spoilt: str, metric: str) -> None:
    (bad, error), (real, real_error) = (badness(metric, *found(kind, which)[metric]) for which in (spoilt, "real"))
    assert bad - real > 3 * np.hypot(error, real_error)


@pytest.mark.parametrize("kind", ["digits", "mnist10k"])
@pytest.mark.parametrize(("spoilt", "metric"), [(each, metric) for each in UNMOVED for metric in UNMOVED[each]])
def test_what_is_not_spoilt_does_not_move(kind: str, spoilt: str, metric: str) -> None:
    (value, _), (real, error) = found(kind, spoilt)[metric], found(kind, "real")[metric]
    assert value == pytest.approx(real, abs=5 * error)


NEUTRAL = {"kernel_distance": 0.0, "two_sample_auc": 0.5, "vendi_ratio": 1.0, "spectral_tilt": 1.0}


@pytest.mark.parametrize("kind", ["digits", "mnist10k"])
@pytest.mark.parametrize("metric", list(NEUTRAL))
def test_real_images_measure_as_real(kind: str, metric: str) -> None:
    value, error = found(kind, "real")[metric]
    assert value == pytest.approx(NEUTRAL[metric], abs=3 * error)
