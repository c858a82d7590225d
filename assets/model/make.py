"""Fit the models of a generation: one a replicate, together as a cohort."""

from typing import Any

import numpy as np
import polars as pl

from outcross.assets.artefacts import DATASET, MODEL, Made, Slot
from outcross.assets.dataset.make import load_dataset
from outcross.assets.model.checkpoint import StoredCheckpoint
from outcross.assets.pool.make import draws_of, offer_pool, pool_inputs
from outcross.resources.compute import bounded_threads
from outcross.resources.generators.contract import Checkpoint, Cohort, CohortModel, Progress, Start
from outcross.resources.safe_text import all_without_secrets
from outcross.resources.store import Address

_WEIGHTS = ".safetensors"
CARDS: dict[str, pl.DataType] = {
    "replicate": pl.Int32(),
    "seed": pl.Int64(),
    "generator": pl.String(),
    "generator_version": pl.String(),
    "weights_sha256": pl.String(),
    "rows": pl.Int64(),
    "tokens": pl.Int64(),
    "steps": pl.Int32(),
    "rows_seen": pl.Int64(),
    "fit_loss": pl.Float64(),
}
"""Columns of the part: a line per replicate."""


def make_model(slot: Slot, *, progress: Progress | None = None) -> Made:
    """Fit the cohort of a lineage to its dataset and write the weights, then the cards that name them.

    The part has a line per replicate: its seed, budget, training loss, and the sha256 of the cohort's weights.
    """
    from safetensors.numpy import save

    generator = slot.generator
    rows = load_dataset(slot).drop("origin", "row_id")
    address, inputs = slot.address(MODEL), model_inputs(slot)
    checkpoint = StoredCheckpoint(slot.artefacts, address, inputs)
    with bounded_threads():
        model = fit_cohort(slot, rows, stage="fit", progress=progress, checkpoint=checkpoint)
    fit_seeds = _seeds(slot, rows, "fit")
    weights = slot.artefacts.store.write_blob(address, save(_contiguous(model.tensors())), suffix=_WEIGHTS)
    budget = model.budget
    cards = pl.DataFrame(
        {
            "replicate": pl.Series(list(fit_seeds), dtype=pl.Int32),
            "seed": list(fit_seeds.values()),
            "generator": generator.kind,
            "generator_version": generator.release,
            "weights_sha256": weights,
            "rows": budget.rows,
            "tokens": budget.tokens,
            "steps": budget.steps,
            "rows_seen": budget.rows_seen,
            "fit_loss": pl.Series(model.fit_loss, dtype=pl.Float64),
        }
    )
    stated = generator.model_dump(mode="json")
    slot.artefacts.save(
        address,
        cards,
        inputs=inputs,
        weights_sha256=weights,
        generator=all_without_secrets(stated),
        card=_public_card(model.card(), stated),
    )
    slot.artefacts.store.remove_blobs(address, keep=weights)
    checkpoint.remove()
    return Made(
        numbers={
            "replicates": len(fit_seeds),
            "rows_each": budget.rows[0],
            "optimiser_steps": budget.steps,
            "rows_seen": budget.rows_seen[0],
            "fit_loss": float(np.mean(model.fit_loss)),
            "weights_sha256": weights,
        }
    )


def fit_cohort(
    slot: Slot,
    rows: pl.DataFrame,
    *,
    stage: str,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> CohortModel:
    """Fit the lineage's generator to rows of this generation's replicates, each under the seed of a stage.

    Training starts from the models that the generator's settings name. It resumes from a checkpoint if there is one.
    """
    first = starting_generation(slot.study.generator.starts_from, slot.generation)
    cohort = Cohort(
        rows=rows,
        schema=slot.artefacts.schema,
        seeds=_seeds(slot, rows, stage),
        start=None if first is None else load_model(slot.at(first)),
        checkpoint=checkpoint,
        **draws_of(slot),
    )
    return slot.generator.fit(cohort, progress=progress)


def model_inputs(slot: Slot) -> list[Address]:
    """Return what models are made from: the dataset, a pool, and the models that training starts from, if any."""
    first = starting_generation(slot.study.generator.starts_from, slot.generation)
    earlier = [] if first is None else [slot.at(first).address(MODEL)]
    return [slot.address(DATASET), *pool_inputs(slot.artefacts), *earlier]


def starting_generation(start: Start, generation: int) -> int | None:
    """Return the generation whose models a generation's training starts from, or None where it starts afresh."""
    if start == "scratch" or generation == 0:
        return None
    return 0 if start == "base" else generation - 1


def load_model(slot: Slot) -> CohortModel:
    """Rebuild the models of a generation from their cards and weights."""
    from safetensors.numpy import load

    address = slot.address(MODEL)
    provenance = slot.artefacts.provenance(address)
    content = slot.artefacts.store.read_blob(address, provenance["weights_sha256"], suffix=_WEIGHTS)
    return offer_pool(slot, slot.generator.load(load(content), provenance["card"]))


def _seeds(slot: Slot, rows: pl.DataFrame, stage: str) -> dict[int, int]:
    replicates = rows["replicate"].unique().sort().to_list()
    return {each: slot.seed(each, stage) for each in replicates}


def _contiguous(tensors: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


def _public_card(card: dict[str, Any], stated: dict[str, Any]) -> dict[str, Any]:
    """Return a card whose settings have no secret in an address; what the model learned of the data stays as it is."""
    return {
        key: all_without_secrets(value) if key in stated and value == stated[key] else value
        for key, value in card.items()
    }
