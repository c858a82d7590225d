"""What there is to say of the dataset that a generation of a study was trained on."""

from typing import Any

import polars as pl

from outcross.assets.artefacts import ANCHOR, DATASET, MODEL, SYNTHETIC, Artefacts, Slot
from outcross.assets.checks import checks_address
from outcross.assets.corpus.ledger.version import Count, GuardResult, Origin
from outcross.assets.export.description import Described, Field, Step, Table, fields_of
from outcross.assets.export.study_parts import StudyParts
from outcross.assets.model.make import model_inputs
from outcross.resources.store import Address, MissingArtefact

_REPLICATE = Field(name="replicate", kind="integer", nullable=False, about="replicate (seed) of the study")
_ROW = Field(name="row", kind="integer", nullable=False, about="number of the row within its part, from 0")
_ROW_ID = Field(name="row_id", kind="text", nullable=False, about="id of the row")
_DEPTH = Field(name="depth", kind="integer", nullable=False, about="models the row has passed through")
_MANIFEST: tuple[Field, ...] = (
    _REPLICATE,
    Field(name="origin", kind="text", nullable=False, about="real or synthetic"),
    Field(name="generation", kind="integer", nullable=True, about="generation that made the rows; null for real rows"),
    Field(name="lineage", kind="text", nullable=True, about="lineage that made the rows; null for real rows"),
    Field(name="depth", kind="integer", nullable=False, about="models the rows have passed through; 0 for real rows"),
    Field(name="start", kind="integer", nullable=False, about="first row of the run, within its part"),
    Field(name="stop", kind="integer", nullable=False, about="one past the last"),
    Field(name="weight", kind="float", nullable=False, about="weight of each row in the loss"),
)


def describe_generation(
    slot: Slot,
    *,
    licences: tuple[str, ...] = (),
    url: str | None = None,
    at: str | None = None,
) -> Described:
    """Describe the dataset of a generation: real rows, the synthetic rows of earlier ones, and the models they are of.

    Args:
        slot: generation and lineage.
        generation: g.
        lineage: its lineage; generation 0 has one, shared by all.
        licences: of the study's source; a study file does not state them.
        url: a page about it.
        at: when it was made; by default when its manifest was written.

    Raises:
        MissingArtefact: it has not been made.
        StaleArtefact: it was made under other settings.
    """
    address = slot.address(DATASET)
    manifest = slot.artefacts.load(address)
    study, schema, parts = slot.study, slot.artefacts.schema, StudyParts(slot.artefacts)
    when = at or parts.written(address)
    sources = _sources(slot.artefacts, manifest)
    replicates = manifest["replicate"].n_unique()
    mixing = slot.settings.mixing.model_dump(mode="json") if slot.generation else {"policy": "real rows alone"}
    mix = Step(
        name="mix",
        about=f"the dataset of generation {slot.generation} under {_spoken(mixing)}",
        by="outcross",
        at=when,
        used=tuple(parts.entity(each) for each in sources),
        facts=(("study seed", str(study.seed)), ("settings", slot.artefacts.provenance(address)["fingerprint"])),
    )
    counts = _counts(manifest, study.generator.kind, licences[0] if len(licences) == 1 else None)
    synthetic = sum(count.rows for count in counts if count.origin == "synthetic")
    return Described(
        entity=parts.entity(address),
        title=f"{study.study}: generation {slot.generation} of {address.lineage}",
        about=(
            f"{study.description.rstrip('.') or 'Study ' + study.study}. "
            f"What generation {slot.generation} of lineage '{slot.lineage}' was trained on, in {replicates:,} "
            "replicates."
        ),
        by=", ".join(study.owners),
        at=when,
        modality=schema.modality,
        labelled=schema.label is not None,
        sensitive=tuple(column.name for column in schema.groups),
        licences=tuple(sorted(licences)),
        url=url,
        tables=_tables(parts, address, manifest, sources),
        counts=counts,
        declared_share=synthetic / sum(count.rows for count in counts),
        estimated=None,
        bound=None,
        bound_from="",
        guards=_guards(slot),
        rows_written=sum(count.rows for count in counts),
        steps=(*_generating(parts, sources), mix),
        notes=(
            "The dataset is a manifest: each of its lines stands for a run of rows of the table it names by origin, "
            "from start to before stop; rows that no line names are not part of it.",
        ),
    )


def _sources(artefacts: Artefacts, manifest: pl.DataFrame) -> list[Address]:
    """Parts the manifest takes rows from: the anchor first, then the synthetic rows of earlier generations."""
    named = manifest.select("origin", "generation", "lineage").unique().sort("generation", "lineage", nulls_last=False)
    return [
        artefacts.address(ANCHOR) if origin == "real" else artefacts.address(SYNTHETIC, generation, lineage)
        for origin, generation, lineage in named.iter_rows()
    ]


def _counts(manifest: pl.DataFrame, generator: str, licence: str | None) -> tuple[Count, ...]:
    rows = manifest.group_by("origin", "depth").agg(rows=(pl.col("stop") - pl.col("start")).sum()).sort("depth")
    return tuple(
        Count(
            origin=_origin(line["origin"]),
            depth=line["depth"],
            generator=generator if line["origin"] == "synthetic" else None,
            licence=licence,
            rows=line["rows"],
        )
        for line in rows.iter_rows(named=True)
    )


def _origin(origin: str) -> Origin:
    return "real" if origin == "real" else "synthetic"


def _tables(parts: StudyParts, address: Address, manifest: pl.DataFrame, sources: list[Address]) -> tuple[Table, ...]:
    columns = fields_of(parts.artefacts.schema)
    real = [each for each in sources if each.thing == ANCHOR]
    made = [each for each in sources if each.thing == SYNTHETIC]
    tables = [
        Table(
            name="manifest",
            about="which rows the dataset is made of",
            files=(parts.file(address, manifest.height),),
            fields=_MANIFEST,
        )
    ]
    if real:
        tables.append(
            Table(
                name="anchor",
                about="the real rows",
                files=tuple(parts.file(each) for each in real),
                fields=(_ROW, _ROW_ID, *columns),
                key=("row",),
            )
        )
    if made:
        tables.append(
            Table(
                name="synthetic",
                about="the synthetic rows of earlier generations",
                files=tuple(parts.file(each) for each in made),
                fields=(_REPLICATE, _ROW, _ROW_ID, _DEPTH, *columns),
                key=("row_id",),
            )
        )
    return tuple(tables)


def _generating(parts: StudyParts, sources: list[Address]) -> list[Step]:
    """For each synthetic part: how its models were fitted, and how they were sampled."""
    artefacts, steps = parts.artefacts, []
    for part in sources:
        if part.thing != SYNTHETIC or part.generation is None or part.lineage is None:
            continue
        model = artefacts.address(MODEL, part.generation, part.lineage)
        if not parts.exists(model):
            continue
        cards, sampled = artefacts.load(model), artefacts.provenance(part)
        facts = {
            "generator": artefacts.study.generator.kind,
            "generator version": artefacts.study.generator.release,
            "weights sha256": str(cards["weights_sha256"][0]),
        }
        fit_seeds = {str(line["replicate"]): line["seed"] for line in cards.iter_rows(named=True)}
        inputs = model_inputs(Slot(artefacts, part.generation, part.lineage))
        steps += [
            Step(
                name="fit",
                about=f"{cards.height:,} models of generation {part.generation}, one a replicate",
                by="outcross",
                at=parts.written(model),
                used=tuple(parts.entity(each) for each in inputs if parts.exists(each)),
                made=parts.entity(model),
                facts=(*facts.items(), ("seeds", _seeds(fit_seeds))),
            ),
            Step(
                name="sample",
                about=f"the synthetic rows of generation {part.generation}",
                by="outcross",
                at=parts.written(part),
                used=(parts.entity(model),),
                made=parts.entity(part),
                facts=(*facts.items(), ("seeds", _seeds(sampled["seeds"]))),
            ),
        ]
    return steps


def _guards(slot: Slot) -> tuple[GuardResult, ...]:
    """What the dataset's checks found, where they have run."""
    address = checks_address(slot, DATASET)
    try:
        found = slot.artefacts.load(address)
        blocking = bool(slot.artefacts.provenance(address)["blocking"])
    except MissingArtefact:
        return ()
    return tuple(
        GuardResult(
            guard=line["check"],
            metric=line["metric"],
            group=line["group"],
            value=line["value"],
            lower=line["lower"],
            upper=line["upper"],
            passed=line["passed"],
            blocking=blocking,
            why="",
        )
        for line in found.iter_rows(named=True)
    )


def _seeds(seeds: dict[str, Any]) -> str:
    """Replicate=seed, in order; the first hundred, since seeds derive from the study's."""
    told = [f"{replicate}={seed}" for replicate, seed in sorted(seeds.items(), key=lambda item: int(item[0]))]
    return " ".join(told[:100]) + (f" and {len(told) - 100} more" if len(told) > 100 else "")


def _spoken(mixing: dict[str, Any]) -> str:
    settings = ", ".join(f"{key} {value}" for key, value in mixing.items() if key != "policy")
    return f"'{mixing['policy']}'" + (f" ({settings})" if settings else "")
