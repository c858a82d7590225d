"""Scaling: whether more training rows still reduce the held-out loss."""

import polars as pl

from outcross.assets.metrics.contract import ANY, ModelMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.assets.metrics.fitted_models import MODEL_MEASUREMENTS, FittedModels
from outcross.assets.metrics.loss import loss_of, score_holdout
from outcross.resources import seeds

ENDPOINTS = (
    Endpoint(
        "doubling_gain",
        Definition.SCALING_CHANGES,
        Reading.SCALING,
        "higher",
        "decrease of the held-out loss by the last doubling of the training rows: does more data still help?",
    ),
)


def measure(models: FittedModels) -> pl.DataFrame:
    """Measure ``doubling_gain``: held-out loss of models fitted to half of the rows − of those fitted to all, in nats.

    It shrinks towards 0 where synthetic rows add nothing new: the change of the scaling law described by Dohmatob et
    al. 2024 ("A Tale of Tails", arXiv 2402.07043). Both losses are those of the same rows, so the standard error is
    that of the difference, row by row.
    """
    rows = models.dataset()
    whole, half = (score_holdout(models, models.refit(part)) for part in (rows, _half(models, rows)))
    if whole is None or half is None:
        return pl.DataFrame(schema=MODEL_MEASUREMENTS)
    # The value is the difference of the two losses, as they are; only its error is that of the rows' differences.
    values = [loss_of(scored)["value"] for scored in (half, whole)]
    gain = loss_of(half.with_columns(nats=half["nats"] - whole["nats"]))
    return gain.with_columns(metric=pl.lit("doubling_gain"), value=values[0] - values[1])


def _half(models: FittedModels, rows: pl.DataFrame) -> pl.DataFrame:
    """Draw half of each replicate's rows by its own seed."""
    halves = []
    for (replicate,), part in rows.partition_by("replicate", as_dict=True, maintain_order=True).items():
        stream = seeds.generator(models.seed(int(str(replicate)), "half"))
        chosen = stream.permutation(part.height)[: (part.height + 1) // 2]
        halves.append(part[sorted(chosen.tolist())])
    return pl.concat(halves)


METRIC = ModelMetric(
    name="scaling",
    modalities=ANY,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_likelihood=True,
    opt_in=ANY,
)
