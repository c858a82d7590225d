"""The rows of one mix of a study: a replicate's dataset, as its learner was trained on it."""

import polars as pl

from outcross.assets.artefacts import DATASET, Artefacts, Slot
from outcross.assets.dataset.carried import CarriedRows, load_carried
from outcross.assets.dataset.make import load_dataset
from outcross.assets.export.generation import describe_generation
from outcross.assets.pool.claims import claims_of_pool, with_claims
from outcross.assets.take.card import card_of
from outcross.assets.take.choice import Choice
from outcross.assets.take.taken import Taken, claims_frame
from outcross.resources.carried.rows import Rows
from outcross.resources.errors import BadInput
from outcross.resources.sources.files import Files
from outcross.resources.sources.formats import FORMATS
from outcross.resources.sources.formats.contract import TextFormat
from outcross.resources.sources.list_names import list_names
from outcross.resources.sources.read_as import PLACE
from outcross.resources.store import MissingArtefact


def take_study(artefacts: Artefacts, choice: Choice, *, replicate: int = 0) -> Taken:
    """Return the rows that one replicate of a rung is mixed of, in the last generation.

    Rows of files are as they came where the study carries them; else they have what is modelled.

    Raises:
        BadInput: there is no such replicate, or the rung has not been run.
    """
    study = artefacts.study
    slot = _slot(artefacts, choice, replicate)
    carried = load_carried(artefacts)
    pooled = not study.generator.needs_fit
    every = load_dataset(slot, places=pooled)
    own = every.filter(pl.col("replicate") == replicate)
    rows = Rows(rows=own, schema=artefacts.schema, carried=None if carried is None else carried.of_dataset(own))
    claims = _claims(slot, own, pooled=pooled)
    about = (
        f"{study.description.rstrip('.') or 'Study ' + study.study}. What replicate {replicate} of arm "
        f"'{choice.rung.arm}' was trained on in generation {slot.generation}: a synthetic share of "
        f"{choice.rung.share:g}, {choice.reason}."
    )
    return Taken(
        rows=rows,
        claims=claims,
        form=_form(artefacts, carried),
        separator=_separator(artefacts, carried),
        card=card_of(describe_generation(slot), claims, about=about),
        about={
            "study": study.study,
            "ladder": choice.ladder,
            "share": choice.rung.share,
            "chosen": choice.reason,
            "arm": choice.rung.arm,
            "generation": slot.generation,
            "replicate": replicate,
        },
        notes=tuple(_notes(artefacts, carried)),
    )


def _slot(artefacts: Artefacts, choice: Choice, replicate: int) -> Slot:
    study = artefacts.study
    lineages = [lineage for lineage in study.lineages.values() if lineage.arm == choice.rung.arm]
    found = next((lineage for lineage in lineages if replicate in lineage.replicates), None)
    if found is None:
        raise BadInput(f"study '{study.study}' has replicates 0 to {study.replicates - 1}; choose one of them")
    slot = Slot(artefacts, study.generations - 1, found.name)
    try:
        artefacts.provenance(slot.address(DATASET))
    except MissingArtefact:
        raise BadInput(
            f"study '{study.study}' has not run share {choice.rung.share:g} of ladder '{choice.ladder}'; run outcross "
            f"study {study.study}, then take its rows"
        ) from None
    return slot


def _claims(slot: Slot, rows: pl.DataFrame, *, pooled: bool) -> pl.DataFrame:
    """What is claimed of each row: real rows are real, and others are what the pool says or the generator is."""
    study, real = slot.study, pl.col("origin") == "real"
    if pooled:
        return claims_frame(with_claims(rows.select("origin", "weight", PLACE), claims_of_pool(slot.artefacts)))
    manifest = slot.load(DATASET).filter(pl.col("origin") == "synthetic")
    depths = manifest.select("generation", "depth").unique(subset="generation")
    made = rows.select("origin", "weight", generation=pl.col("row_id").str.extract(r"^g(\d+)\.").cast(pl.Int32))
    joined = made.join(depths, on="generation", how="left", maintain_order="left")
    generator = slot.generator
    return claims_frame(
        joined.with_columns(
            pl.when(real).then(0).otherwise("depth").alias("depth"),
            generator=pl.when(~real).then(pl.lit(generator.kind)),
            generator_version=pl.when(~real).then(pl.lit(generator.release)),
            parent=pl.when(~real).then(pl.lit(study.study)),
        )
    )


def _form(artefacts: Artefacts, carried: CarriedRows | None) -> str:
    """The format that the real rows came in; Parquet where they came in none of rows."""
    source = artefacts.study.source
    if carried is not None:
        return carried.real.format
    if not isinstance(source, Files):
        return "image" if artefacts.schema.modality == "image" else "parquet"
    name = source.read_options().format
    if name is not None and isinstance(FORMATS[name], TextFormat):
        return "jsonl" if source.rows == "files" else name
    return name if name in WRITTEN else "image" if artefacts.schema.modality == "image" else "parquet"


WRITTEN = ("csv", "tsv", "json", "jsonl", "parquet", "arrow", "image")
"""Formats of rows that are written as they came."""


def _separator(artefacts: Artefacts, carried: CarriedRows | None) -> str | None:
    if carried is not None:
        return carried.real.separator
    return artefacts.study.source.read_options().separator


def _notes(artefacts: Artefacts, carried: CarriedRows | None) -> list[str]:
    """Say which columns of the source are not there."""
    if carried is not None or not isinstance(artefacts.study.source, Files):
        return []
    lost = [record.name for record in artefacts.columns if record.called is None]
    if not lost:
        return []
    return [
        f"columns {list_names(lost)} are not there: a generator that makes rows of its own has none, so that they "
        "are not carried; a pool carries them"
    ]
