"""The metrics of Outcross, and the function that applies them. A new metric is a file and a line in a list here."""

from collections.abc import Collection

import polars as pl

from outcross.assets.evaluation.metrics import (
    class_recall,
    closeness,
    entropy,
    frechet,
    frontier,
    groups,
    kernel_distance,
    marginal_wasserstein,
    moments,
    near_duplicates,
    neighbours,
    ngram_entropy,
    pairs,
    privacy,
    rare_mass,
    repetition,
    self_bleu,
    shapes,
    spectrum,
    survival,
    tail_mass,
    text,
    two_sample,
    utility,
    vendi,
    zipf,
)
from outcross.assets.evaluation.metrics.contract import Against, Comparison, Metric
from outcross.assets.instruments.probe import FEWEST_ROWS, Probe
from outcross.resources.endpoints import ANY, ENDPOINTS, IMAGE, ONLY_WHERE_NAMED, ROWS, TABLE, TEXT
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema

METRICS: tuple[Metric, ...] = (
    Metric("frechet", ANY, frechet.measure),
    Metric("neighbours", ANY, neighbours.measure),
    Metric("variance_ratio", ROWS, moments.measure),
    Metric("entropy_ratio", ANY, entropy.measure),
    Metric("class_survival", ROWS, survival.measure_classes, needs_label=True),
    Metric("rare_survival", ROWS, survival.measure_rare),
    Metric("vendi", ANY, vendi.measure),
    Metric("words", TEXT, text.measure_words, absolute=True),
    Metric("cross_entropy", TEXT, text.measure_cross_entropy, absolute=True),
    Metric("ngram_entropy", TEXT, ngram_entropy.measure, absolute=True),
    Metric("zipf_slope", TEXT, zipf.measure),
    Metric("repetition_rate", TEXT, repetition.measure, absolute=True),
    Metric("self_bleu", TEXT, self_bleu.measure, absolute=True),
    Metric("near_duplicates", TEXT, near_duplicates.measure),
    Metric("frontier", TEXT, frontier.measure),
    Metric("utility", ROWS, utility.measure, needs_label=True),
    Metric("shapes", TABLE, shapes.measure),
    Metric("pairs", TABLE, pairs.measure),
    Metric("marginal_wasserstein", TABLE, marginal_wasserstein.measure),
    Metric("tail_mass", TABLE, tail_mass.measure),
    Metric("rare_mass", TABLE, rare_mass.measure),
    Metric("two_sample", ROWS, two_sample.measure),
    Metric("privacy", ROWS, privacy.measure),
    Metric("groups", TABLE, groups.measure, needs_label=True),
    Metric("kernel_distance", IMAGE, kernel_distance.measure),
    Metric("class_recall", IMAGE, class_recall.measure, needs_label=True),
    Metric("spectrum", IMAGE, spectrum.measure),
    Metric("closeness", IMAGE, closeness.measure),
)

MEASURED: dict[str, pl.DataType] = {
    "metric": pl.String(),
    "about": pl.String(),
    "family": pl.String(),
    "direction": pl.String(),
    "value": pl.Float64(),
    "standard_error": pl.Float64(),
}
"""Columns of what :func:`evaluate` returns."""


def evaluate(
    *,
    synthetic: pl.DataFrame,
    reference: pl.DataFrame,
    schema: Schema,
    probe: Probe,
    seed: int,
    against: Against,
    families: Collection[str] | None = None,
) -> pl.DataFrame:
    """Measure the synthetic rows of one replicate beside a reference.

    Args:
        synthetic: canonical rows that one model generated.
        reference: the holdout's rows, or those of the generation before.
        schema: their columns.
        probe: fitted on the anchor.
        seed: for metrics that draw rows where there are too many (see the metrics for their limits). With one seed,
            what is known of a frame beside one reference serves beside the next.
        against: which reference it is; against the previous generation ``absolute`` metrics are left out.
        families: names of the metrics wanted; by default all but those of ``ONLY_WHERE_NAMED``.

    Returns a line per measurement: ``metric``, ``about`` (empty for all rows), ``family`` (a definition of collapse),
    ``direction``, ``value``, ``standard_error`` (NaN where the metric has none). Metrics not defined for the data are
    left out.

    Raises:
        BadInput: either side has fewer than two rows.
    """
    for name, rows in (("synthetic", synthetic), (against, reference)):
        if rows.height < FEWEST_ROWS:
            raise BadInput(f"the {name} rows are {rows.height}, metrics need at least {FEWEST_ROWS}; add rows")
    comparison = Comparison(
        synthetic=_canonical(synthetic, schema),
        reference=_canonical(reference, schema),
        schema=schema,
        probe=probe,
        seed=seed,
        against=against,
    )
    measured = [
        found
        for metric in METRICS
        if not (metric.absolute and against == "previous")
        and _wanted(metric, families, schema)
        and schema.modality in metric.modalities
        and not (metric.needs_label and schema.label is None)
        for found in metric.measure(comparison)
    ]
    endpoints = [ENDPOINTS[found.metric] for found in measured]
    return pl.DataFrame(
        {
            "metric": [found.metric for found in measured],
            "about": [found.about for found in measured],
            "family": [endpoint.definition.value for endpoint in endpoints],
            "direction": [endpoint.direction for endpoint in endpoints],
            "value": [found.value for found in measured],
            "standard_error": [found.standard_error for found in measured],
        },
        schema=MEASURED,
    )


def _canonical(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """The columns in the schema's order: the same frame where they are, by which the probe knows it again."""
    return rows if rows.columns == schema.names else rows.select(schema.names)


def _wanted(metric: Metric, families: Collection[str] | None, schema: Schema) -> bool:
    if families is None:
        return schema.modality not in ONLY_WHERE_NAMED.get(metric.name, frozenset())
    return metric.name in families
