"""Fit the models of a generation: one a replicate, together as a cohort."""

from typing import Any

import numpy as np
import polars as pl

from assets.artefacts import DATASET, MODEL, Artefacts, Made
from assets.dataset.make import load_dataset
from resources import seeds
from resources.compute import bounded_threads
from resources.generators.contract import Cohort, CohortModel, Progress

_WEIGHTS = ".safetensors"


def make_model(artefacts: Artefacts, generation: int, lineage: str, *, progress: Progress | None = None) -> Made:
    """Fit the cohort of a lineage to its dataset and write the weights, then the cards that name them.

    The part has a line per replicate: its seed, budget, training loss, and the sha256 of the cohort's weights.
    """
    from safetensors.numpy import save

    study = artefacts.study
    rows = load_dataset(artefacts, generation, lineage).drop("origin", "row_id")
    with bounded_threads():
        model = fit_cohort(artefacts, rows, generation, lineage, stage="fit", progress=progress)
    fit_seeds = _seeds(artefacts, rows, generation, lineage, "fit")
    address = artefacts.address(MODEL, generation, lineage)
    weights = artefacts.store.write_blob(address, save(_contiguous(model.tensors())), suffix=_WEIGHTS)
    budget = model.budget
    cards = pl.DataFrame(
        {
            "replicate": pl.Series(list(fit_seeds), dtype=pl.Int32),
            "seed": list(fit_seeds.values()),
            "generator": study.generator.kind,
            "generator_version": study.generator.release,
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
        inputs=[artefacts.address(DATASET, generation, lineage)],
        weights_sha256=weights,
        generator=study.generator.model_dump(mode="json"),
        card=model.card(),
    )
    artefacts.store.remove_blobs(address, keep=weights)
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
) -> CohortModel:
    """Fit the study's generator to rows of this generation's replicates, each under the seed of a stage."""
    fit_seeds = _seeds(artefacts, rows, generation, lineage, stage)
    return artefacts.study.generator.fit(Cohort(rows=rows, schema=artefacts.schema, seeds=fit_seeds), progress=progress)


def load_model(artefacts: Artefacts, generation: int, lineage: str) -> CohortModel:
    """Rebuild the models of a generation from their cards and weights."""
    from safetensors.numpy import load

    address = artefacts.address(MODEL, generation, lineage)
    provenance = artefacts.provenance(address)
    content = artefacts.store.read_blob(address, provenance["weights_sha256"], suffix=_WEIGHTS)
    return artefacts.study.generator.load(load(content), provenance["card"])


def stage_seed(artefacts: Artefacts, generation: int, lineage: str, replicate: int, stage: str) -> int:
    """Derive the seed of one replicate's stage in one generation of one lineage."""
    study = artefacts.study
    return seeds.derive_seed(study.study, study.seed, lineage, generation, replicate, stage)


def _seeds(artefacts: Artefacts, rows: pl.DataFrame, generation: int, lineage: str, stage: str) -> dict[int, int]:
    replicates = rows["replicate"].unique().sort().to_list()
    return {each: stage_seed(artefacts, generation, lineage, each, stage) for each in replicates}


def _contiguous(tensors: dict[str, np.ndarray]) -> dict[str, Any]:
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}
