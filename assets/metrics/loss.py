"""Held-out loss: negative log-likelihood of real rows that no generation sees."""

import polars as pl

from outcross.assets.metrics.contract import ANY, ModelMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.assets.metrics.fitted_models import MODEL_MEASUREMENTS, FittedModels
from outcross.assets.metrics.independent_rows import make_independent
from outcross.resources.generators.contract import CohortModel

ENDPOINTS = (
    Endpoint(
        "loss",
        Definition.LOSS_GROWS,
        Reading.ANY_RISK,
        "lower",
        "held-out loss of the model, nats per row (per token for text)",
        has_zero=False,
        unit="nats per row, or per token of text",
    ),
)


INDEPENDENT = "independent columns"
"""What the loss of a model is about that was fitted to rows whose columns, or words, are shuffled among the rows."""


def measure(models: FittedModels) -> pl.DataFrame:
    """Measure ``loss`` of the models; without a likelihood there is none.

    In generation 0 the same generator is also fitted to real rows whose columns (of a text: words) are independent.
    Its loss less the model's is what the model learned: nats that no unit of a column and no column without a relation
    to others can change.
    """
    scored = score_holdout(models, models.cohort)
    if scored is None:
        return pl.DataFrame(schema=MODEL_MEASUREMENTS)
    found = loss_of(scored).with_columns(about=pl.lit(""))
    apart = make_independent(models) if models.generation == 0 else None
    alone = None if apart is None else score_holdout(models, models.refit(apart))
    if alone is None:
        return found
    # Tokens that were learned from other rows may be others: the units are those of the models.
    return pl.concat(
        [found, loss_of(alone.with_columns(units=scored["units"])).with_columns(about=pl.lit(INDEPENDENT))]
    )


def held_out_loss(models: FittedModels, cohort: CohortModel) -> pl.DataFrame:
    """Return the held-out loss of each replicate, Σ nats ÷ Σ units, with the standard error of that ratio over rows.

    Args:
        models: provides the holdout and the seeds.
        cohort: the models to score, of the same replicates.
    """
    scored = score_holdout(models, cohort)
    return pl.DataFrame(schema=MODEL_MEASUREMENTS) if scored is None else loss_of(scored)


def score_holdout(models: FittedModels, cohort: CohortModel) -> pl.DataFrame | None:
    """Return ``replicate``, ``nats`` and ``units`` of each row of the holdout; None without a likelihood."""
    return cohort.loss(models.holdout(), seeds={each: models.seed(each, "loss") for each in models.replicates})


def loss_of(scored: pl.DataFrame) -> pl.DataFrame:
    """Return Σ nats ÷ Σ units of each replicate with its standard error over rows (Cochran 1977, section 2.11)."""
    value = pl.col("nats").sum() / pl.col("units").sum()
    residual = pl.col("nats") - pl.col("units") * value
    return scored.group_by("replicate", maintain_order=True).agg(
        reference=pl.lit("holdout"),
        metric=pl.lit("loss"),
        value=value,
        standard_error=residual.std() * pl.len().sqrt() / pl.col("units").sum(),
    )


METRIC = ModelMetric(
    name="loss",
    modalities=ANY,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_likelihood=True,
)
