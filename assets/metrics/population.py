"""Metrics of a known population: fitted parameters compared with the true ones."""

import polars as pl

from outcross.assets.metrics.contract import ROWS, ModelMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.assets.metrics.fitted_models import MODEL_MEASUREMENTS, FittedModels

ENDPOINTS = (
    Endpoint(
        "excess_risk",
        Definition.LOSS_GROWS,
        Reading.ANY_RISK,
        "lower",
        "squared error of the fitted parameters, the population known",
    ),
    Endpoint(
        "wasserstein",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "squared 2-Wasserstein distance of the model to its population",
    ),
    Endpoint(
        "fitted_variance",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "one",
        "variance of the model ÷ that of its population",
    ),
    Endpoint(
        "support",
        Definition.TAILS_VANISH,
        Reading.TAILS,
        "one",
        "width of the model's support ÷ that of its population",
    ),
    Endpoint(
        "diversity",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "higher",
        "chance that two draws differ, of the model ÷ of its population",
    ),
    Endpoint(
        "accuracy",
        Definition.UTILITY_FALLS,
        Reading.ANY_RISK,
        "higher",
        "accuracy of the fitted classifier on its population",
    ),
)

POPULATION = "population"
"""The reference of these measurements: the distribution itself, not a sample of it."""


def measure(models: FittedModels) -> pl.DataFrame:
    """Compare the fitted parameters with those of the population, if it is known and both have the same family."""
    found = models.cohort.readings(models.truth) if models.truth else None
    if found is None:
        return pl.DataFrame(schema=MODEL_MEASUREMENTS)
    return found.with_columns(reference=pl.lit(POPULATION), standard_error=pl.lit(float("nan")))


METRIC = ModelMetric(
    name="population",
    modalities=ROWS,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_holdout=False,
)
