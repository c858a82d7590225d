"""Comparison of the values of distorted and of real rows, in standard errors."""

import numpy as np

from outcross.assets.metrics.contract import RowMetric
from outcross.assets.metrics.registry import ENDPOINTS, METRIC_OF
from outcross.resources.schema import Modality

Values = dict[str, tuple[float, float]]
"""Metric → value and standard error."""
CONSTANT = {"utility_real"}
"""Endpoints of the real rows, which are reported next to another endpoint."""


def metrics_of_rows(modality: Modality) -> list[str]:
    """Return every endpoint of a modality that rows can move; texts here have no label, and pictures no colour."""
    return sorted(
        name
        for name, metric in METRIC_OF.items()
        if modality in metric.modalities
        and isinstance(metric, RowMetric)
        and name not in CONSTANT
        and not (modality == "text" and (metric.needs_label or metric.needs_outcome))
        and not metric.needs_colour
    )


def worse_by(metric: str, spoilt: Values, real: Values) -> tuple[float, float]:
    """Return by how much distorted rows measure worse than real ones, with the standard error; 0 where it is NaN."""
    (bad, error), (good, other) = (_badness(metric, *found[metric]) for found in (spoilt, real))
    return bad - good, float(np.hypot(error, other))


def _badness(metric: str, value: float, error: float) -> tuple[float, float]:
    error = 0.0 if np.isnan(error) else error
    match ENDPOINTS[metric].direction:
        case "lower":
            return value, error
        case "higher":
            return -value, error
        case "fall":
            return -float(np.log(value)), error / value
        case "one":
            return (abs(float(np.log(value))), error / value) if value > 0 else (float("inf"), 0.0)
