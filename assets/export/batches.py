"""How the synthetic batches of a corpus were generated, as their rows declare it."""

from collections.abc import Iterable
from dataclasses import replace

import polars as pl

from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.declared_anew import as_declared
from outcross.assets.corpus.expectations.derived import derive_suite
from outcross.assets.corpus.generator_terms import find_terms
from outcross.assets.corpus.ledger.guard_result import CAUSE, ROWS_HELD
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.ledger.records import PartRef
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.marks.results import tell_marks
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.parquet_file import read_rows
from outcross.assets.corpus.protected.results import tell_protected
from outcross.assets.corpus.withdrawal.since import withdrawn_since
from outcross.assets.corpus.withdrawn_rows import withdrawn_keys
from outcross.assets.export.corpus import batch_entity, describe_version
from outcross.assets.export.description import Description, Entity, Step
from outcross.assets.export.statement_facts import gather_facts
from outcross.resources.corpus_store import CorpusStore

_DECLARED: dict[str, pl.DataType] = {
    name: pl.String() for name in ("generator", "generator_version", "recipe", "parent")
}
"""Columns that say how a row was generated; the last names what the generator was trained on."""
_OF_OTHER_ROWS = (ROWS_HELD, CAUSE)
"""Metrics of rows that were held one by one: the dataset has none of them."""


@names_damage
def describe_corpus(
    corpus: OpenCorpus, number: int | None = None, *, with_suite: bool = False, with_statement: bool = False
) -> Description:
    """Describe a version of a corpus, by default the last, for export.

    Args:
        corpus: the open corpus.
        number: of the version.
        with_suite: whether to derive the suite that its anchor gives.
        with_statement: whether to gather the facts of its ledger.

    Raises:
        MissingArtefact: there is no such version.
        Damaged: a file of it is.
    """
    version = read_version(corpus.files, number)
    described = describe_version(
        version,
        corpus.stored,
        store=corpus.files,
        about=corpus.settings.description,
        generators=describe_batches(version, corpus.files),
        suite=derive_suite(corpus) if with_suite else None,
        notes=[each.describe() for each in withdrawn_since(corpus, version)],
    )
    before = [read_version(corpus.files, each) for each in numbers(corpus.files) if each <= version.number]
    return replace(
        guarded(described, before),
        terms=find_terms(corpus, version),
        marks=tuple(tell_marks(before)),
        notes=(*described.notes, *tell_protected(corpus.settings.protected, before)),
        statement=gather_facts(corpus, version) if with_statement else None,
    )


def guarded(described: Description, versions: Iterable[Version]) -> Description:
    """Return a description with what guards found of the last batch that rows were admitted from.

    Args:
        described: the dataset.
        versions: of the ledger, up to the one that is described. What guards found of a batch that was held is no
            fact of the dataset.
    """
    judged = [each for each in versions if each.batch and each.guards and each.rows_admitted]
    if not judged:
        return replace(described, guards=(), guarded=None)
    last = judged[-1]
    kept = tuple(each for each in last.guards if each.metric not in _OF_OTHER_ROWS)
    return replace(described, guards=kept, guarded=batch_entity(last.corpus, last.batch or ""))


def describe_batches(version: Version, store: CorpusStore) -> tuple[Step, ...]:
    """Describe, for each batch with rows that name a generator, the step that sampled it, in order of arrival.

    A batch says nothing of when it was sampled: the step bears the time at which the batch came, and the name of
    whoever let it in. Rows that a trim left out count as well, since the files of the version still hold them; rows
    that were withdrawn do not.

    Raises:
        Damaged: a part of the version is.
    """
    if not any(count.generator and count.rows for count in version.counts):
        return ()
    declared: dict[str, pl.DataFrame] = {}
    gone = withdrawn_keys(store, version).collect()
    for part in version.parts:
        rows = _generators(store, part, version, gone)
        declared[part.batch] = pl.concat([declared[part.batch], rows]).unique() if part.batch in declared else rows
    arrivals = _arrivals(version, store)
    return tuple(
        _sampling(version.corpus, batch, rows.sort(rows.columns), arrivals.get(batch, version))
        for batch, rows in declared.items()
        if rows.height
    )


def _generators(store: CorpusStore, part: PartRef, version: Version, gone: pl.DataFrame) -> pl.DataFrame:
    """Each generator with its version, recipe and parent, once, without rows that are ``gone``."""
    distinct = pl.DataFrame(schema=_DECLARED)
    anew, out = as_declared(version.declarations, _DECLARED, pl.lit(part.batch)), gone.filter(batch_id=part.batch)
    for rows in read_rows(store, part.path, _DECLARED if out.is_empty() else {**_DECLARED, "position": pl.Int64()}):
        here = rows if out.is_empty() else rows.join(out, on="position", how="anti")
        stated = here.with_columns(anew).filter(pl.col("generator").is_not_null()).select(list(_DECLARED))
        distinct = pl.concat([distinct, stated]).unique()
    return distinct


def _arrivals(version: Version, store: CorpusStore) -> dict[str, Version]:
    """Batch → the version in which it came."""
    first: dict[str, Version] = {}
    for number in range(1, version.number + 1):
        earlier = read_version(store, number)
        if earlier.batch is not None:
            first.setdefault(earlier.batch, earlier)
    return first


def _sampling(corpus: str, batch: str, rows: pl.DataFrame, arrival: Version) -> Step:
    facts = [(name.replace("_", " "), value) for row in rows.to_dicts() for name, value in row.items()]
    generators = ", ".join(_texts(rows["generator"]))
    return Step(
        name="sample",
        about=f"batch {batch} was generated by {generators}",
        by=arrival.by,
        at=arrival.at,
        used=tuple(Entity(name=name, about="what the generator was trained on") for name in _texts(rows["parent"])),
        made=batch_entity(corpus, batch, made_by=generators),
        facts=tuple((name, value) for name, value in facts if value and name != "parent"),
    )


def _texts(values: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))
