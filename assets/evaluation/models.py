"""The models of a slot, as input for metrics of models."""

from outcross.assets.artefacts import ANCHOR, HOLDOUT, Slot
from outcross.assets.dataset.make import load_dataset
from outcross.assets.metrics.fitted_models import FittedModels
from outcross.assets.model.make import fit_cohort, load_model


def load_fitted_models(slot: Slot) -> FittedModels:
    """Load the models of a slot; rows are read and models refitted only if a metric needs them."""
    artefacts = slot.artefacts
    return FittedModels(
        cohort=load_model(slot),
        replicates=slot.replicates,
        generation=slot.generation,
        is_text=artefacts.schema.modality == "text",
        truth=artefacts.provenance(artefacts.address(ANCHOR))["truth"],
        seed=slot.seed,
        holdout=lambda: artefacts.load(artefacts.address(HOLDOUT)).select(artefacts.schema.names),
        dataset=lambda: load_dataset(slot).drop("origin", "row_id"),
        refit=lambda rows: fit_cohort(slot, rows, stage="scaling"),
    )
