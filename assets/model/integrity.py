"""Integrity of a generation's models: finite weights that are the ones named, and a budget spent as planned."""

import numpy as np
import polars as pl

from outcross.assets.artefacts import DATASET, MODEL, Artefacts, Slot
from outcross.assets.dataset.manifest import summarise
from outcross.assets.model.make import load_model
from outcross.resources.guard_engine import Vital

CHECKS = {
    "weights": "Every weight is a finite number.",
    "budget": "Each replicate was fitted to all rows of its dataset, with the optimiser steps that it should spend.",
}
"""Check → what it holds the models to."""


def model_vitals(slot: Slot) -> list[Vital]:
    """Measure a cohort's weights and what their fit spent."""
    tensors = load_model(slot).tensors()
    broken = sum(int((~np.isfinite(tensor)).sum()) for tensor in tensors.values() if tensor.dtype.kind == "f")
    cards = slot.load(MODEL)
    dataset = summarise(slot.load(DATASET))
    return [Vital("weights", "not_finite", "", broken, upper=0), *_budget(slot.artefacts, cards, dataset)]


def _budget(artefacts: Artefacts, cards: pl.DataFrame, dataset: pl.DataFrame) -> list[Vital]:
    """Every replicate is fitted to its whole dataset; one with optimiser steps spends what generation 0 spent."""
    generator, vitals = artefacts.study.generator, []
    steps, needs_fit = generator.optimiser_steps, generator.needs_fit
    seen_at_first = artefacts.load(artefacts.address(MODEL, 0)).select("replicate", first="rows_seen")
    joined = cards.join(dataset.select("replicate", dataset_rows="rows"), on="replicate", how="left").join(
        seen_at_first, on="replicate", how="left"
    )
    for line in joined.iter_rows(named=True):
        group = f"replicate {line['replicate']}"
        seen = line["dataset_rows"] if steps is None and needs_fit else line["first"]
        vitals += [
            Vital("budget", "rows", group, line["rows"], line["dataset_rows"], line["dataset_rows"]),
            Vital("budget", "rows_seen", group, line["rows_seen"], seen, seen),
        ]
        if steps is not None:
            vitals.append(Vital("budget", "steps", group, line["steps"], steps, steps))
    return vitals
