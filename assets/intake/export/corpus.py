"""What there is to say of a version of a corpus."""

from collections.abc import Sequence

from assets.intake.export.described import Described, Entity, Field, File, Step, Table, fields_of
from assets.intake.version import PartRef, Version
from resources.corpus_store import CorpusStore
from resources.schema import Schema

ROW_FIELDS: tuple[Field, ...] = (
    Field(name="row_id", kind="text", nullable=False, about="hash of the row's content, and which repeat of it"),
    Field(name="position", kind="integer", nullable=False, about="place of the row in its batch, from 0"),
    Field(name="origin", kind="text", nullable=False, about="real, synthetic, mixed or unknown"),
    Field(name="generator", kind="text", nullable=True, about="what made the row, where it is synthetic"),
    Field(name="generator_version", kind="text", nullable=True, about="version of the generator"),
    Field(name="parent", kind="text", nullable=True, about="dataset or corpus the generator was trained on"),
    Field(name="recipe", kind="text", nullable=True, about="id of the prompt or recipe"),
    Field(name="licence", kind="text", nullable=True, about="licence of the row"),
    Field(name="consent", kind="text", nullable=True, about="consent, or terms of the source"),
    Field(name="collected_at", kind="text", nullable=True, about="when the row was collected"),
    Field(name="depth", kind="integer", nullable=True, about="models the row has passed through; 0 for real rows"),
)
"""What every row of a corpus carries before the columns of its schema."""


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
) -> Described:
    """Describe a version of a corpus.

    Args:
        version: of the ledger.
        schema: the corpus's columns.
        store: where its parts lie, to say their sizes; left out, the sizes are.
        title: its name for people; by default the corpus's.
        about: what the corpus is.
        licences: of the whole; by default those its rows state.
        url: a page about it.
        generators: steps that made its synthetic rows, as far as anybody knows them (seeds, weights).
    """
    own = Entity(name=f"corpora/{version.corpus}", about="corpus", version=str(version.number))
    stated = sorted({count.licence for count in version.counts if count.licence and count.rows})
    return Described(
        entity=own,
        title=title or version.corpus,
        about=about or f"Version {version.number} of the corpus '{version.corpus}'.",
        by=version.by,
        at=version.at,
        modality=schema.modality,
        labelled=schema.label is not None,
        sensitive=tuple(column.name for column in schema.groups),
        licences=tuple(licences) or tuple(stated),
        url=url,
        tables=_tables(version, schema, store),
        counts=version.counts,
        declared_share=version.declared_share,
        estimated=version.estimated,
        bound=version.bound,
        bound_from=version.bound_from,
        guards=version.guards,
        rows_written=version.rows_admitted,
        steps=(*generators, _step(version)),
        notes=_notes(version),
    )


def _tables(version: Version, schema: Schema, store: CorpusStore | None) -> tuple[Table, ...]:
    rows = Table(
        name="rows",
        about="the rows of the corpus, with the origin of each",
        files=_files(version.parts, store),
        fields=(*ROW_FIELDS, *fields_of(schema)),
        key=("row_id",),
    )
    if not version.left_out:
        return (rows,)
    left_out = Table(
        name="left_out",
        about="ids of rows that are in the files and were taken out of this version",
        files=_files(version.left_out, store),
        fields=ROW_FIELDS[:1],
        key=("row_id",),
    )
    return rows, left_out


def _files(parts: Sequence[PartRef], store: CorpusStore | None) -> tuple[File, ...]:
    return tuple(
        File(
            path=part.path,
            sha256=part.sha256,
            rows=part.rows,
            size=store.size(part.path) if store else None,
            about=f"batch {part.batch}",
        )
        for part in parts
    )


def _step(version: Version) -> Step:
    used = []
    if version.parent is not None:
        used.append(Entity(name=f"corpora/{version.corpus}", about="corpus", version=str(version.parent)))
    if version.batch is not None:
        used.append(Entity(name=f"corpora/{version.corpus}/batches/{version.batch}", about="batch"))
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
    out = sum(part.rows for part in version.left_out)
    if not out:
        return ()
    return (
        f"{out:,} rows lie in the files and are not part of this version: leave out those whose row_id is listed in "
        "the table left_out.",
    )
