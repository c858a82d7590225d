"""The exhibit of a generation: a few rows whose seeds are the same in every generation and arm, to follow by eye.

It is a part of its own, for looking at alone: no dataset reads it.
"""

import polars as pl

from outcross.assets.artefacts import ANCHOR, EXHIBIT, MODEL, Slot
from outcross.resources.compute import bounded_threads
from outcross.resources.generators.contract import CohortModel
from outcross.resources.rounding import round_samples
from outcross.resources.seeds import derive_seed
from outcross.resources.typed_rows import to_typed

IMAGES, TEXTS = 30, 3
"""Rows of a replicate; of images, about as many as divide evenly among the classes."""


def make_exhibit(slot: Slot, model: CohortModel) -> None:
    """Draw and write the exhibit of a lineage's models, where its generator repeats its draws.

    The part has ``replicate``, ``row`` and the schema's columns: the same row is the same draw in every generation.
    What a curation would keep plays no part in it.
    """
    study, schema, generator = slot.study, slot.artefacts.schema, slot.generator
    if not generator.repeats_draws or schema.modality == "table":
        return
    replicates = slot.replicates
    seeds = {each: derive_seed(study.study, study.seed, each, EXHIBIT) for each in replicates}
    real = slot.artefacts.load(slot.artefacts.address(ANCHOR)).select(schema.names)
    labels = None
    if schema.label is not None and schema.modality == "image":
        labels = wanted_labels(real[schema.label.name], count=IMAGES)
    count = TEXTS if schema.modality == "text" else IMAGES if labels is None else len(labels)
    with bounded_threads():
        rows = model.exhibit(rows=count, labels=labels, real=real, seeds=seeds)
    row = pl.int_range(pl.len(), dtype=pl.Int64).over("replicate").alias("row")
    numbered = rows.select("replicate", row, *schema.names)
    address = slot.address(MODEL)
    slot.artefacts.save(
        slot.address(EXHIBIT),
        to_typed(round_samples(numbered, schema), schema),
        inputs=[address],
        weights_sha256=slot.artefacts.provenance(address)["weights_sha256"],
        generator_version=generator.release,
        seeds={str(replicate): seed for replicate, seed in seeds.items()},
    )


def load_exhibit(slot: Slot) -> pl.DataFrame | None:
    """Read a generation's exhibit; None where none was made of the models that are there now."""
    address = slot.address(EXHIBIT)
    return slot.artefacts.load(address) if slot.artefacts.is_current(address) else None


def wanted_labels(real: pl.Series, *, count: int) -> pl.Series:
    """Return about ``count`` labels, sorted: equally many of each class, of the most frequent ones if there are more.

    A class dies out in front of the reader's eyes only where it has a place to be missing from.
    """
    counted = real.alias("label").drop_nulls().value_counts().sort("count", "label", descending=[True, False])
    shown = counted["label"].head(count).sort()
    each = max(1, count // max(1, len(shown)))
    return shown.repeat_by(each).explode()
