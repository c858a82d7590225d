"""Measure synthetic rows against a reference: every metric that is defined for the data, in long form."""

from typing import Literal

import polars as pl

from assets.evaluation.contract import Comparison, Metric
from assets.evaluation.frechet import FRECHET
from assets.evaluation.moments import ENTROPY, VARIANCE
from assets.evaluation.neighbours import NEIGHBOUR_METRICS
from assets.evaluation.probe import Probe
from assets.evaluation.survival import CLASSES, RARE_CELLS
from assets.evaluation.text import CROSS_ENTROPY, DISTINCT, VOCABULARY
from assets.evaluation.utility import UTILITY
from resources.endpoints import ENDPOINTS
from resources.schema import Schema

METRICS: tuple[Metric, ...] = (
    FRECHET,
    NEIGHBOUR_METRICS,
    UTILITY,
    VARIANCE,
    ENTROPY,
    CLASSES,
    RARE_CELLS,
    DISTINCT,
    VOCABULARY,
    CROSS_ENTROPY,
)
"""A new metric is one file and one line here."""

_HOLDOUT_ONLY = {UTILITY.name, CLASSES.name, RARE_CELLS.name, VOCABULARY.name, CROSS_ENTROPY.name, DISTINCT.name}
"""Metrics that say the same whatever the reference, or that test on real rows."""


def evaluate(
    *,
    synthetic: pl.DataFrame,
    reference: pl.DataFrame,
    schema: Schema,
    probe: Probe,
    seed: int,
    against: Literal["holdout", "previous"],
) -> pl.DataFrame:
    """Measure one replicate's synthetic rows.

    Args:
        synthetic: canonical rows.
        reference: canonical rows: the holdout, or the previous generation's.
        schema: the columns' roles.
        probe: what was fitted on the anchor.
        seed: for metrics that sample.
        against: which reference it is.

    Returns a line per measurement: ``metric``, ``family``, ``direction``, ``value``, ``standard_error``.
    """
    comparison = Comparison(synthetic=synthetic, reference=reference, schema=schema, probe=probe, seed=seed)
    measured = [
        measurement
        for metric in METRICS
        if schema.modality in metric.modalities
        and (schema.label is not None or not metric.needs_label)
        and (against == "holdout" or metric.name not in _HOLDOUT_ONLY)
        for measurement in metric.measure(comparison)
    ]
    endpoints = [ENDPOINTS[measurement.metric] for measurement in measured]
    return pl.DataFrame(
        {
            "metric": [measurement.metric for measurement in measured],
            "family": [endpoint.definition.value for endpoint in endpoints],
            "direction": [endpoint.direction for endpoint in endpoints],
            "value": [measurement.value for measurement in measured],
            "standard_error": [measurement.standard_error for measurement in measured],
        },
        schema_overrides={"value": pl.Float64, "standard_error": pl.Float64},
    )
