"""What there is to say of a version of a corpus."""

from collections.abc import Sequence

from outcross.assets.corpus.ledger.custody import Erasures
from outcross.assets.corpus.ledger.ledger import newest
from outcross.assets.corpus.ledger.records import PartRef
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.export.description import Description, Entity, File, Step, Table
from outcross.assets.export.fields import CORPUS_FIELDS, LEFT_OUT_FIELDS, schema_fields
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.gx_suite import Suite
from outcross.resources.schema import Schema


def describe_version(
    version: Version,
    schema: Schema,
    *,
    store: CorpusStore | None = None,
    title: str = "",
    about: str = "",
    licences: Sequence[str] = (),
    url: str | None = None,
    generators: Sequence[Step] = (),
    suite: Suite | None = None,
    notes: Sequence[str] = (),
) -> Description:
    """Describe a version of a corpus.

    Args:
        version: of the ledger.
        schema: the corpus's columns, with that of the entity where rows are split by one.
        store: where its parts lie, to say their sizes; left out, the sizes are.
        title: its name for people; by default the corpus's.
        about: what the corpus is.
        licences: of the whole; by default those its rows state.
        url: a page about it.
        generators: steps that made its synthetic rows, as far as anybody knows them.
        suite: of Great Expectations, derived from its anchor.
        notes: what else a reader should know.
    """
    licences_of_rows = sorted({count.licence for count in version.counts if count.licence and count.rows})
    return Description(
        entity=_corpus(version.corpus, version.number),
        title=title or version.corpus,
        about=about or f"Version {version.number} of the corpus '{version.corpus}'.",
        by=version.by,
        at=version.at,
        schema=schema,
        tables=_tables(version, schema, store),
        counts=version.counts,
        declared_share=version.declared_share,
        rows_written=version.rows_admitted,
        steps=(*generators, _step(version)),
        guards=version.guards,
        licences=tuple(licences) or tuple(licences_of_rows),
        url=url,
        estimated=version.estimated,
        bound=version.bound,
        bound_from=version.bound_from,
        notes=(*_notes(version), *notes),
        suite=suite,
    )


def batch_entity(corpus: str, batch: str, *, made_by: str | None = None) -> Entity:
    """A batch as something that versions are made from."""
    return Entity(name=f"corpora/{corpus}/batches/{batch}", about="batch", made_by=made_by)


def _corpus(corpus: str, number: int) -> Entity:
    return Entity(name=f"corpora/{corpus}", about="corpus", version=str(number))


def _tables(version: Version, schema: Schema, store: CorpusStore | None) -> tuple[Table, ...]:
    rows = Table(
        name="rows",
        about="the rows of the corpus, with the origin of each",
        files=_files(version.parts, store),
        fields=(*CORPUS_FIELDS, *schema_fields(schema)),
    )
    if not version.left_out:
        return (rows,)
    left_out = Table(
        name="left_out",
        about="batch and position of rows that are in the files and were taken out of this version",
        files=_files(version.left_out, store),
        fields=LEFT_OUT_FIELDS,
        key=tuple(field.name for field in LEFT_OUT_FIELDS),
    )
    return rows, left_out


def _files(parts: Sequence[PartRef], store: CorpusStore | None) -> tuple[File, ...]:
    """Describe files as they lie in the store: rows that were erased since are no longer in them."""
    last = None if store is None else newest(store)
    erasures = Erasures(() if last is None else last.erased)
    return tuple(
        File(
            path=part.path,
            sha256=erasures.expect(part.path, part.sha256) or part.sha256,
            rows=part.rows - erasures.rows_lost(part.path),
            size=store.size(part.path) if store else None,
            about=f"batch {part.batch}",
        )
        for part in parts
    )


def _step(version: Version) -> Step:
    used = []
    if version.parent is not None:
        used.append(_corpus(version.corpus, version.parent))
    if version.batch is not None:
        used.append(batch_entity(version.corpus, version.batch))
    facts = {
        "action": version.action,
        "reason": version.reason,
        "rows in": str(version.rows_in),
        "rows admitted": str(version.rows_admitted),
        "rows quarantined": str(version.rows_quarantined),
    }
    return Step(
        name=version.action,
        about=f"{version.action}: {version.rows_admitted:,} of {version.rows_in:,} rows were admitted",
        by=version.by,
        at=version.at,
        used=tuple(used),
        facts=tuple(facts.items()),
    )


def _notes(version: Version) -> tuple[str, ...]:
    erasures = Erasures(version.erased)
    erased = sum(erasures.rows_lost(part.path) for part in version.parts)
    out = sum(part.rows for part in version.left_out) - erased
    if not out:
        return ()
    return (
        f"{out:,} rows lie in the files and are not part of this version: leave out those whose batch and position "
        "are listed in the table left_out.",
    )
