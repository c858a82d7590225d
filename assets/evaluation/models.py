"""What is measured of the models themselves, not of their rows: a line per replicate."""

from collections.abc import Mapping
from typing import Any

import polars as pl

from outcross.assets.artefacts import HOLDOUT, Slot
from outcross.assets.dataset.make import load_dataset
from outcross.assets.model.make import fit_cohort
from outcross.resources import seeds
from outcross.resources.generators.contract import CohortModel

POPULATION = "population"
"""The reference of readings: the distribution itself, not a sample of it."""


def readings(model: CohortModel, truth: Mapping[str, Any]) -> pl.DataFrame:
    """Hold the fitted parameters against those of the population, where both are of one family."""
    found = model.readings(truth)
    if found is None:
        found = pl.DataFrame(schema={"replicate": pl.Int32(), "metric": pl.String(), "value": pl.Float64()})
    return found.with_columns(reference=pl.lit(POPULATION), standard_error=pl.lit(float("nan")))


def held_out_loss(slot: Slot, model: CohortModel) -> pl.DataFrame:
    """Held-out loss of each replicate, Σ nats ÷ Σ units, with the standard error of that ratio over rows."""
    holdout = slot.artefacts.load(slot.artefacts.address(HOLDOUT)).select(slot.artefacts.schema.names)
    lineage_seeds = {each: slot.seed(each, "loss") for each in slot.replicates}
    scored = model.loss(holdout, seeds=lineage_seeds)
    if scored is None:
        return _nothing()
    value = pl.col("nats").sum() / pl.col("units").sum()
    residual = pl.col("nats") - pl.col("units") * value
    return scored.group_by("replicate", maintain_order=True).agg(
        reference=pl.lit("holdout"),
        metric=pl.lit("loss"),
        value=value,
        standard_error=residual.std() * pl.len().sqrt() / pl.col("units").sum(),
    )


def doubling_gain(slot: Slot) -> pl.DataFrame:
    """Held-out loss of the same generator fitted to half of each replicate's rows − fitted to all of them, nats.

    What the last doubling of the data was worth. Where synthetic rows add nothing new it shrinks towards zero: the
    change of the scaling law that Dohmatob et al. (2024, arXiv 2402.07043) call a tale of tails.
    """
    rows = load_dataset(slot).drop("origin", "row_id")
    losses = []
    for part in (rows, _half(slot, rows)):
        model = fit_cohort(slot, part, stage="scaling")
        losses.append(held_out_loss(slot, model))
    whole, half = losses
    if whole.is_empty():
        return whole
    gain = half.join(whole, on="replicate", suffix="_whole", maintain_order="left")
    return gain.select(
        "replicate",
        "reference",
        metric=pl.lit("doubling_gain"),
        value=pl.col("value") - pl.col("value_whole"),
        standard_error=(pl.col("standard_error") ** 2 + pl.col("standard_error_whole") ** 2).sqrt(),
    )


def _half(slot: Slot, rows: pl.DataFrame) -> pl.DataFrame:
    """Half of each replicate's rows, drawn by its own seed."""
    halves = []
    for (replicate,), part in rows.partition_by("replicate", as_dict=True, maintain_order=True).items():
        stream = seeds.generator(slot.seed(int(str(replicate)), "half"))
        chosen = stream.permutation(part.height)[: (part.height + 1) // 2]
        halves.append(part[sorted(chosen.tolist())])
    return pl.concat(halves)


def _nothing() -> pl.DataFrame:
    columns = {"reference": pl.String(), "metric": pl.String(), "value": pl.Float64(), "standard_error": pl.Float64()}
    return pl.DataFrame(schema={"replicate": pl.Int32(), **columns})
