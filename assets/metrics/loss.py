"""Held-out loss: negative log-likelihood of real rows that no generation sees."""

import polars as pl

from outcross.assets.metrics.contract import ANY, ModelMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.assets.metrics.fitted_models import MODEL_MEASUREMENTS, FittedModels
from outcross.resources.generators.contract import CohortModel

ENDPOINTS = (
    Endpoint(
        "loss",
        Definition.LOSS_GROWS,
        Reading.ANY_RISK,
        "lower",
        "held-out loss of the model, nats per row (per token for text)",
    ),
)


def measure(models: FittedModels) -> pl.DataFrame:
    """Measure ``loss`` of the models; without a likelihood there is none."""
    return held_out_loss(models, models.cohort)


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
