"""Evaluation of one replicate: its synthetic rows, measured by every selected metric that is defined for the data."""

from collections.abc import Collection

import polars as pl

from outcross.assets.instruments.probe import FEWEST_ROWS, Probe
from outcross.assets.metrics.contract import Against, Comparison, RowMetric
from outcross.assets.metrics.registry import ENDPOINTS, METRICS, own_metrics
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema

ROW_METRICS: tuple[RowMetric, ...] = tuple(metric for metric in METRICS if isinstance(metric, RowMetric))
"""The metrics of synthetic rows, in the order of an evaluation's lines."""

COLUMNS: dict[str, pl.DataType] = {
    "metric": pl.String(),
    "about": pl.String(),
    "family": pl.String(),
    "direction": pl.String(),
    "value": pl.Float64(),
    "standard_error": pl.Float64(),
}
"""The columns that :func:`evaluate` returns."""


def evaluate(
    *,
    synthetic: pl.DataFrame,
    reference: pl.DataFrame,
    schema: Schema,
    probe: Probe,
    seed: int,
    against: Against,
    metrics: Collection[str] | None = None,
) -> pl.DataFrame:
    """Measure the synthetic rows of one replicate against a reference.

    Args:
        synthetic: canonical rows that one model generated.
        reference: canonical rows of the holdout, or of the previous generation.
        schema: their columns.
        probe: the study's probe, fitted to the anchor.
        seed: seed of metrics that sample large sets. With an equal seed, the views of a frame are reused for the next
            reference.
        against: which reference it is; ``absolute`` metrics are measured against the holdout only.
        metrics: names of the metrics to measure; default: all except those that are ``opt_in`` for the data. Those
            of other packages are imported.

    Returns a line per measurement: ``metric``, ``about`` (empty for all rows), ``family`` (a definition of collapse),
    ``direction``, ``value``, ``standard_error`` (NaN where the metric has none). Metrics that are not defined for the
    data are left out.

    Raises:
        BadInput: either side has fewer than two rows.
    """
    for name, rows in (("synthetic", synthetic), (against, reference)):
        if rows.height < FEWEST_ROWS:
            raise BadInput(f"there are {rows.height} {name} rows, but metrics need at least {FEWEST_ROWS}; add rows")
    comparison = Comparison(
        synthetic=_canonical(synthetic, schema),
        reference=_canonical(reference, schema),
        schema=schema,
        probe=probe,
        seed=seed,
        against=against,
    )
    own = own_metrics(metrics)
    measured = [
        found
        for metric in (*ROW_METRICS, *own)
        if not (metric.absolute and against != "holdout")
        and metric.is_wanted(metrics, schema.modality)
        and metric.is_defined_for(schema)
        for found in metric.measure(comparison)
    ]
    known = ENDPOINTS | {endpoint.metric: endpoint for metric in own for endpoint in metric.endpoints}
    endpoints = [known[found.metric] for found in measured]
    return pl.DataFrame(
        {
            "metric": [found.metric for found in measured],
            "about": [found.about for found in measured],
            "family": [endpoint.definition.value for endpoint in endpoints],
            "direction": [endpoint.direction for endpoint in endpoints],
            "value": [found.value for found in measured],
            "standard_error": [found.standard_error for found in measured],
        },
        schema=COLUMNS,
    )


def _canonical(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Return the columns in the schema's order; an ordered frame is returned itself, so that its view is reused."""
    return rows if rows.columns == schema.names else rows.select(schema.names)
