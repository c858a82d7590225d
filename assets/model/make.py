"""Fit the models of a generation: one a replicate, together as a cohort."""

from typing import Any

import numpy as np
import polars as pl

from outcross.assets.artefacts import DATASET, MODEL, Artefacts, Made
from outcross.assets.dataset.make import load_dataset
from outcross.assets.model.checkpoint import StoredCheckpoint
from outcross.resources import seeds
from outcross.resources.compute import bounded_threads
from outcross.resources.generators.contract import Checkpoint, Cohort, CohortModel, Progress, Start
from outcross.resources.store import Address

_WEIGHTS = ".safetensors"


def make_model(artefacts: Artefacts, generation: int, lineage: str, *, progress: Progress | None = None) -> Made:
    """Fit the cohort of a lineage to its dataset and write the weights, then the cards that name them.

    The part has a line per replicate: its seed, budget, training loss, and the sha256 of the cohort's weights.
    """
    from safetensors.numpy import save

    generator = artefacts.generator(generation, lineage)
    rows = load_dataset(artefacts, generation, lineage).drop("origin", "row_id")
    address, inputs = artefacts.address(MODEL, generation, lineage), model_inputs(artefacts, generation, lineage)
    checkpoint = StoredCheckpoint(artefacts, address, inputs)
    with bounded_threads():
        model = fit_cohort(artefacts, rows, generation, lineage, stage="fit", progress=progress, checkpoint=checkpoint)
    fit_seeds = _seeds(artefacts, rows, generation, lineage, "fit")
    weights = artefacts.store.write_blob(address, save(_contiguous(model.tensors())), suffix=_WEIGHTS)
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
    artefacts.save(
        address,
        cards,
        inputs=inputs,
        weights_sha256=weights,
        generator=generator.model_dump(mode="json"),
        card=model.card(),
    )
    artefacts.store.remove_blobs(address, keep=weights)
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
    artefacts: Artefacts,
    rows: pl.DataFrame,
    generation: int,
    lineage: str,
    *,
    stage: str,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
) -> CohortModel:
    """Fit the lineage's generator to rows of this generation's replicates, each under the seed of a stage.

    Training starts from the models that the generator's settings name; it goes on from a checkpoint, if there is one.
    """
    _, *earlier = model_inputs(artefacts, generation, lineage)
    cohort = Cohort(
        rows=rows,
        schema=artefacts.schema,
        seeds=_seeds(artefacts, rows, generation, lineage, stage),
        start=load_model(artefacts, earlier[0].generation or 0, lineage) if earlier else None,
        checkpoint=checkpoint,
    )
    return artefacts.generator(generation, lineage).fit(cohort, progress=progress)


def model_inputs(artefacts: Artefacts, generation: int, lineage: str) -> list[Address]:
    """Return what models are made from: the dataset, and the models that training starts from, if any."""
    first = starting_generation(artefacts.study.generator.starts_from, generation)
    earlier = [] if first is None else [artefacts.address(MODEL, first, lineage)]
    return [artefacts.address(DATASET, generation, lineage), *earlier]


def starting_generation(start: Start, generation: int) -> int | None:
    """Return the generation whose models a generation's training starts from, or None where it starts afresh."""
    if start == "scratch" or generation == 0:
        return None
    return 0 if start == "base" else generation - 1


def load_model(artefacts: Artefacts, generation: int, lineage: str) -> CohortModel:
    """Rebuild the models of a generation from their cards and weights."""
    from safetensors.numpy import load

    address = artefacts.address(MODEL, generation, lineage)
    provenance = artefacts.provenance(address)
    content = artefacts.store.read_blob(address, provenance["weights_sha256"], suffix=_WEIGHTS)
    return artefacts.generator(generation, lineage).load(load(content), provenance["card"])


def stage_seed(artefacts: Artefacts, generation: int, lineage: str, replicate: int, stage: str) -> int:
    """Derive the seed of one replicate's stage in one generation of one lineage."""
    study = artefacts.study
    return seeds.derive_seed(study.study, study.seed, lineage, generation, replicate, stage)


def _seeds(artefacts: Artefacts, rows: pl.DataFrame, generation: int, lineage: str, stage: str) -> dict[int, int]:
    replicates = rows["replicate"].unique().sort().to_list()
    return {each: stage_seed(artefacts, generation, lineage, each, stage) for each in replicates}


def _contiguous(tensors: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
