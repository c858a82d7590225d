"""Start a corpus: read and split its anchor, and write the files that everything later is compared with."""

import io
import json
from collections.abc import Mapping, Sequence

import polars as pl

from outcross.assets.anchor.parts import read_parts
from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.files import ABOUT, ANCHOR_ROWS, HOLDOUT, PROFILE
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.protected_sets import without_protected
from outcross.assets.corpus.provenance import COLUMNS
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.column_record import ColumnRecord
from outcross.resources.sources.contract import RealData
from outcross.resources.typed_rows import to_typed


def write_anchor(files: CorpusStore, settings: Corpus, of_anchor: Mapping[str, object]) -> None:
    """Read, split and write a corpus's anchor, ``ABOUT`` last: its presence is the commit.

    Args:
        files: the corpus's folder.
        settings: of the corpus.
        of_anchor: those that the anchor depends on, to be compared with later.

    Raises:
        BadInput: the anchor cannot be read, or has columns that a corpus cannot have.
    """
    data, parts = read_parts(
        settings.anchor, holdout=settings.holdout, seed=settings.seed, entity=settings.entity, time=settings.time
    )
    _refuse_lost(settings.corpus, data.columns)
    parts, told_sets = without_protected(parts, data.schema, settings)
    beside = _entity_beside(data, settings.entity)
    _refuse_taken(settings.corpus, data.schema, beside)
    provenance = {"origin": "real", "depth": 0, "licence": settings.licence}
    columns = [pl.lit(provenance.get(name), dtype=dtype).alias(name) for name, dtype in COLUMNS.items()]
    numbered = parts.anchor.with_row_index("position").cast({"position": pl.Int64})
    names = [*data.schema.names, *(column.name for column in beside)]
    rows = _hashed(numbered, data.schema).select("position", "content", *names, *columns)
    holdout = _hashed(parts.holdout, data.schema).select("content", *names)
    for path, frame in ((ANCHOR_ROWS, rows), (HOLDOUT, holdout)):
        buffer = io.BytesIO()
        to_typed(frame, data.schema).write_parquet(buffer)
        files.put(path, buffer.getvalue())
    profile = fit_profile(parts.anchor, parts.holdout, data.schema, seed=settings.seed)
    files.put(PROFILE, profile.to_json().encode())
    told = [record.to_json() for record in data.columns]
    about = {
        "schema": data.schema.to_json(),
        "settings": of_anchor,
        "notes": [*data.notes, *told_sets],
        "columns": told,
    }
    about |= {"entity": Schema(beside).to_json()} if beside else {}
    files.put(ABOUT, json.dumps(about, indent=1, sort_keys=True).encode())


def _entity_beside(data: RealData, name: str | None) -> tuple[Column, ...]:
    """Return the column of the entity, if there is one that is kept and not modelled."""
    if data.entity is None or data.entity.name in data.schema.names:
        return ()
    source = None if data.entity.name == name else name
    return (Column(name=data.entity.name, role=Role.IGNORE, nullable=True, source=source),)


def _refuse_taken(name: str, schema: Schema, beside: Sequence[Column]) -> None:
    """Refuse an anchor with a column of a name that a corpus gives to its own."""
    names = {*schema.names, *(column.name for column in beside)}
    if taken := sorted({"position", "content", "batch_id", *COLUMNS} & names):
        others = "rename it" if taken[0] not in schema.names else "rename it, or give it the role 'ignore'"
        raise BadInput(
            f"corpus '{name}': its anchor has a column '{taken[0]}', which means something else in a corpus; {others}"
        )


def _refuse_lost(name: str, columns: Sequence[ColumnRecord]) -> None:
    """Refuse an anchor of which a guess would leave out a column with content."""
    if lost := [record.line for record in columns if record.lost]:
        raise BadInput(
            f"corpus '{name}': a column of the anchor has content, and would be left out by a guess; state its role "
            f"under 'anchor': {'; '.join(lost)}"
        )


def _hashed(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    return rows.with_columns(content_hashes(rows, schema).alias("content"))
