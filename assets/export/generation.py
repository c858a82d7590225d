"""What there is to say of the dataset that a generation of a study was trained on."""

from typing import Any

import polars as pl

from outcross.assets.artefacts import ANCHOR, DATASET, MODEL, SYNTHETIC, Artefacts, Slot
from outcross.assets.checks import checks_address
from outcross.assets.corpus.ledger.guard_result import GuardResult
from outcross.assets.corpus.ledger.records import Count, Origin
from outcross.assets.dataset.make import load_dataset
from outcross.assets.export.description import Description, Step, Table
from outcross.assets.export.fields import ANCHOR_FIELDS, MANIFEST_FIELDS, SYNTHETIC_FIELDS, schema_fields
from outcross.assets.export.study_parts import StudyParts
from outcross.assets.model.make import model_inputs
from outcross.assets.pool.claims import claims_of_pool, with_claims
from outcross.resources.sources.read_as import PLACE
from outcross.resources.store import Address, MissingArtefact


def describe_generation(
    slot: Slot,
    *,
    licences: tuple[str, ...] = (),
    url: str | None = None,
    at: str | None = None,
) -> Description:
    """Describe the dataset of a generation: real rows, the synthetic rows of earlier ones, and the models they are of.

    Args:
        slot: generation and lineage; generation 0 has one lineage, which all share.
        licences: of the study's source; a study file does not state them.
        url: a page about it.
        at: when it was made; by default when its manifest was written.

    Raises:
        MissingArtefact: it has not been made.
        StaleArtefact: it was made under other settings.
    """
    address = slot.address(DATASET)
    manifest = slot.artefacts.load(address)
    study, parts = slot.study, StudyParts(slot.artefacts)
    when = at or parts.write_time(address)
    sources = _sources(slot.artefacts, manifest)
    counts = _counts(slot, manifest, licences[0] if len(licences) == 1 else None)
    rows = sum(count.rows for count in counts)
    return Description(
        entity=parts.entity(address),
        title=f"{study.study}: generation {slot.generation} of {address.lineage}",
        about=(
            f"{study.description.rstrip('.') or 'Study ' + study.study}. "
            f"What generation {slot.generation} of lineage '{slot.lineage}' was trained on, in "
            f"{manifest['replicate'].n_unique():,} replicates."
        ),
        by=", ".join(study.owners),
        at=when,
        schema=slot.artefacts.schema,
        tables=_tables(parts, address, manifest, sources),
        counts=counts,
        declared_share=sum(count.rows for count in counts if count.origin == "synthetic") / rows,
        rows_written=rows,
        steps=(*_generator_steps(parts, sources), _mix(slot, parts, sources, when)),
        guards=_guards(slot),
        licences=tuple(sorted({*licences, *(count.licence for count in counts if count.licence)})),
        url=url,
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


def _counts(slot: Slot, manifest: pl.DataFrame, licence: str | None) -> tuple[Count, ...]:
    generator = slot.study.generator.kind
    if not slot.study.generator.needs_fit and "synthetic" in manifest["origin"]:
        return _counts_of_pool(slot, generator, licence)
    rows = manifest.group_by("origin", "depth").agg(rows=(pl.col("stop") - pl.col("start")).sum()).sort("depth")
    return tuple(
        Count(
            origin=_origin(origin),
            depth=depth,
            generator=generator if origin == "synthetic" else None,
            licence=licence,
            rows=number,
        )
        for origin, depth, number in rows.iter_rows()
    )


def _counts_of_pool(slot: Slot, generator: str, licence: str | None) -> tuple[Count, ...]:
    """Count rows by what the pool states of them: who made them, their licence and their depth."""
    dataset = load_dataset(slot, places=True).select("origin", PLACE)
    rows = with_claims(dataset, claims_of_pool(slot.artefacts))
    stated = {"generator": generator, "licence": licence}
    for name in stated:
        if name not in rows.columns:
            rows = rows.with_columns(pl.lit(None, dtype=pl.String).alias(name))
    real = pl.col("origin") == "real"
    keys = ["origin", "depth", "generator", "licence"]
    found = (
        rows.with_columns(
            generator=pl.when(~real).then(pl.coalesce("generator", pl.lit(generator))),
            licence=pl.when(real).then(pl.lit(licence, dtype=pl.String)).otherwise("licence"),
        )
        .group_by(keys)
        .agg(rows=pl.len().cast(pl.Int64))
        .sort(keys, nulls_last=False)
    )
    return tuple(Count(**line) for line in found.iter_rows(named=True))


def _origin(origin: str) -> Origin:
    return "real" if origin == "real" else "synthetic"


def _tables(parts: StudyParts, address: Address, manifest: pl.DataFrame, sources: list[Address]) -> tuple[Table, ...]:
    columns = schema_fields(parts.artefacts.schema)
    tables = [
        Table(
            name="manifest",
            about="which rows the dataset is made of",
            files=(parts.file(address, manifest.height),),
            fields=MANIFEST_FIELDS,
        )
    ]
    for thing, about, fields, key in (
        (ANCHOR, "the real rows", ANCHOR_FIELDS, "row"),
        (SYNTHETIC, "the synthetic rows of earlier generations", SYNTHETIC_FIELDS, "row_id"),
    ):
        files = tuple(parts.file(each) for each in sources if each.thing == thing)
        if files:
            tables.append(Table(name=thing, about=about, files=files, fields=(*fields, *columns), key=(key,)))
    return tuple(tables)


def _mix(slot: Slot, parts: StudyParts, sources: list[Address], at: str) -> Step:
    """How real and synthetic rows were put together."""
    fingerprint = slot.artefacts.provenance(slot.address(DATASET))["fingerprint"]
    return Step(
        name="mix",
        about=f"the dataset of generation {slot.generation} under {_policy(slot)}",
        by="outcross",
        at=at,
        used=tuple(parts.entity(each) for each in sources),
        facts=(("study seed", str(slot.study.seed)), ("settings", fingerprint)),
    )


def _policy(slot: Slot) -> str:
    """The mixing policy with its settings, in words."""
    mixing = slot.settings.mixing.model_dump(mode="json") if slot.generation else {"policy": "real rows alone"}
    settings = ", ".join(f"{key} {value}" for key, value in mixing.items() if key != "policy")
    return f"'{mixing['policy']}'" + (f" ({settings})" if settings else "")


def _generator_steps(parts: StudyParts, sources: list[Address]) -> list[Step]:
    """For each synthetic part: how its models were fitted, and how they were sampled."""
    artefacts, steps = parts.artefacts, []
    for part in sources:
        if part.thing != SYNTHETIC or part.generation is None or part.lineage is None:
            continue
        slot = Slot(artefacts, part.generation, part.lineage)
        if parts.exists(slot.address(MODEL)):
            steps += [_fit(slot, parts), _sample(slot, parts, part)]
    return steps


def _fit(slot: Slot, parts: StudyParts) -> Step:
    model = slot.address(MODEL)
    cards = slot.artefacts.load(model)
    return Step(
        name="fit",
        about=f"{cards.height:,} models of generation {slot.generation}, one a replicate",
        by="outcross",
        at=parts.write_time(model),
        used=tuple(parts.entity(each) for each in model_inputs(slot) if parts.exists(each)),
        made=parts.entity(model),
        facts=_generator_facts(slot, {str(line["replicate"]): line["seed"] for line in cards.iter_rows(named=True)}),
    )


def _sample(slot: Slot, parts: StudyParts, part: Address) -> Step:
    return Step(
        name="sample",
        about=f"the synthetic rows of generation {slot.generation}",
        by="outcross",
        at=parts.write_time(part),
        used=(parts.entity(slot.address(MODEL)),),
        made=parts.entity(part),
        facts=_generator_facts(slot, slot.artefacts.provenance(part)["seeds"]),
    )


def _generator_facts(slot: Slot, seeds: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    """What is known of a slot's models; of the seeds the first hundred, since they derive from the study's."""
    pairs = [f"{replicate}={seed}" for replicate, seed in sorted(seeds.items(), key=lambda item: int(item[0]))]
    return (
        ("generator", slot.generator.kind),
        ("generator version", slot.generator.release),
        ("weights sha256", str(slot.artefacts.load(slot.address(MODEL))["weights_sha256"][0])),
        ("seeds", " ".join(pairs[:100]) + (f" and {len(pairs) - 100} more" if len(pairs) > 100 else "")),
    )


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
