"""Evaluations in which the metrics of a study's guards are as in generation 0, or worse than a guard's bound."""

from collections.abc import Collection, Mapping

import polars as pl

from outcross.assets.evaluation.make import EVALUATIONS
from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.study.health_bounds import GUARDS, SHARE, Guard
from outcross.assets.study.tolerance import LOSS

WATCHED: Mapping[str, Guard] = {guard.vital: guard for guard in GUARDS if guard.vital != SHARE}
"""Metric → its guard, for every guard that compares a metric with generation 0."""
BASE = 2.0
"""Value of each metric in generation 0; of one whose best value is 1, it is 1."""


def degraded(metric: str, by: float) -> float:
    """Return the value of a metric that is worse than in generation 0 by a degradation: of a loss, in nats."""
    if metric == LOSS:
        return BASE + by
    match ENDPOINTS[metric].direction:
        case "lower":
            return BASE * (1 + by)
        case "higher":
            return BASE * (1 - by)
        case "one":
            return float(pl.select(pl.lit(by).exp()).item())


def with_guarded_metrics(evaluation: pl.DataFrame, *, worse: Collection[str] = (), by: float = 2.0) -> pl.DataFrame:
    """Replace the values of all metrics that guards watch.

    Args:
        evaluation: rows of :data:`EVALUATIONS`.
        worse: the metrics that are beyond their guards' bounds; the others are as in generation 0.
        by: the degradation of those, as a multiple of the bound.
    """
    rows = [
        {
            "replicate": replicate,
            "reference": "holdout",
            "metric": metric,
            "about": "",
            "family": ENDPOINTS[metric].definition.value,
            "direction": ENDPOINTS[metric].direction,
            "value": degraded(metric, by * (guard.upper or 0.0) if metric in worse else 0.0),
            "standard_error": 0.1,
        }
        for replicate in evaluation["replicate"].unique().sort()
        for metric, guard in WATCHED.items()
    ]
    others = evaluation.filter(~pl.col("metric").is_in(list(WATCHED)))
    return pl.concat([others, pl.DataFrame(rows, schema=EVALUATIONS)])
