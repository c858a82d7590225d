"""A corpus opened in its store: its settings, its anchor and holdout, and the profile of the anchor."""

import io
import json
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import polars as pl

from outcross.assets.anchor.parts import read_parts
from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.files import ABOUT, ANCHOR, ANCHOR_ROWS, HOLDOUT, PICTURES, PROFILE, TEXTS
from outcross.assets.corpus.guards.anchor_texts import AnchorTexts
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.picture_profile import PictureProfile
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.guards.text_profile import TextProfile
from outcross.assets.corpus.ledger.ledger import Count, PartRef, Version, extend
from outcross.assets.corpus.provenance import COLUMNS
from outcross.assets.corpus.share_bound import read_bound
from outcross.assets.instruments.plain_text import print_of_tokenizer
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.safe_text import all_without_secrets
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.column_record import ColumnRecord, read_records
from outcross.resources.sources.contract import RealData
from outcross.resources.store import MissingArtefact, Store
from outcross.resources.typed_rows import to_canonical, to_typed

TEXT_FORMAT = 1
"""Raised when the profile of texts is fitted or written in another way."""
PICTURE_FORMAT = 1
"""Raised when pictures are hashed, or their profile is fitted or written, in another way."""


@dataclass(frozen=True)
class OpenCorpus:
    """A corpus and the stores that it is read from; :func:`open_corpus` also starts it where it is new.

    Attributes:
        settings: of the corpus, as its file states them.
        store: the root, where the studies are stored as well.
        files: the corpus's own folder in the store.
    """

    settings: Corpus
    store: Store
    files: CorpusStore

    @property
    def name(self) -> str:
        """The corpus's name."""
        return self.settings.corpus

    @property
    def is_started(self) -> bool:
        """Whether its anchor has been taken."""
        return self.files.exists(ABOUT)

    @cached_property
    def schema(self) -> Schema:
        """The columns of a row."""
        return Schema.from_json(self._about["schema"])

    @cached_property
    def stored(self) -> Schema:
        """The columns of a stored row: those of a row, and that of its entity where this is none of them."""
        beside = self._about.get("entity")
        return self.schema if beside is None else Schema((*self.schema.columns, *Schema.from_json(beside).columns))

    @property
    def entity(self) -> Column | None:
        """The stored column that names the entity of a row; None where rows are not split by entities."""
        return next((column for column in self.stored.columns if column.source_name == self.settings.entity), None)

    @property
    def columns(self) -> list[ColumnRecord]:
        """What became of each column of the anchor's file; empty in a corpus that an earlier version started."""
        return read_records(self._about.get("columns", []))

    @property
    def notes(self) -> list[str]:
        """Remarks on how the anchor was read."""
        notes: list[str] = self._about.get("notes", [])
        return notes

    @cached_property
    def profile(self) -> Profile:
        """The statistics of the anchor that batches are compared with."""
        return Profile.from_json(self.files.get(PROFILE).decode())

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The anchor: ``position``, ``content``, the stored columns, and the columns of provenance."""
        return to_canonical(pl.read_parquet(io.BytesIO(self.files.get(ANCHOR_ROWS))), self.stored)

    @cached_property
    def holdout(self) -> pl.DataFrame:
        """The holdout: ``content`` and the stored columns."""
        return to_canonical(pl.read_parquet(io.BytesIO(self.files.get(HOLDOUT))), self.stored)

    @property
    def has_texts(self) -> bool:
        """Whether rows have a text."""
        return self.schema.text is not None

    @cached_property
    def texts(self) -> TextProfile:
        """The profile of the anchor's texts; fitted and stored when it is first used."""
        assert self.schema.text is not None, "a corpus whose rows have a text"
        path = f"{TEXTS}/profile-{TEXT_FORMAT}-{print_of_tokenizer()}"
        try:
            return TextProfile.from_bytes(self.files.get(path))
        except MissingArtefact:
            found = TextProfile.fit(
                self.rows,
                self.holdout,
                self.schema.text.name,
                groups=[column.name for column in self.schema.groups],
                seed=self.settings.seed,
            )
            self.files.put(path, found.to_bytes())
            return found

    @cached_property
    def anchor_texts(self) -> AnchorTexts:
        """The sample of the anchor's texts that batches are compared with."""
        assert self.schema.text is not None, "a corpus whose rows have a text"
        return AnchorTexts.draw(self.rows.select(self.schema.names), self.schema.text.name, seed=self.settings.seed)

    @property
    def has_pictures(self) -> bool:
        """Whether rows have a picture."""
        return self.schema.image is not None

    @cached_property
    def pictures(self) -> PictureProfile:
        """The profile of the anchor's pictures; fitted and stored when it is first used."""
        path = f"{PICTURES}/profile-{PICTURE_FORMAT}"
        try:
            return PictureProfile.from_bytes(self.files.get(path), self.schema)
        except MissingArtefact:
            found = PictureProfile.fit(self.rows, self.holdout, self.schema, seed=self.settings.seed)
            self.files.put(path, found.to_bytes())
            return found

    @cached_property
    def _about(self) -> dict[str, Any]:
        result: dict[str, Any] = json.loads(self.files.get(ABOUT))
        return result


def open_corpus(settings: Corpus, store: Store, *, by: str, at: str) -> OpenCorpus:
    """Open a corpus; where it is new, read and split its anchor and write version 1 of its ledger.

    Args:
        settings: of the corpus.
        store: the root.
        by: who asked, for the ledger.
        at: when, ISO 8601 with its offset.

    Raises:
        BadInput: the anchor cannot be read, or was written under other settings.
    """
    corpus = OpenCorpus(settings, store, CorpusStore(store, settings.corpus))
    of_anchor = settings.model_dump(mode="json", include={"anchor", "holdout", "seed"})
    of_anchor |= settings.model_dump(mode="json", include={"entity", "time"}, exclude_none=True)
    of_anchor = all_without_secrets(of_anchor)
    if corpus.files.exists(ABOUT):
        if all_without_secrets(corpus._about["settings"]) != of_anchor:
            raise BadInput(
                f"corpus '{corpus.name}' was started with another 'anchor', 'holdout', 'seed', 'entity' or "
                "'time'; "
                "restore them, or give the corpus another name"
            )
    else:
        _write_anchor(corpus, of_anchor)
    bound = read_bound(settings, store)

    def first(last: Version | None) -> Version | None:
        if last is not None:
            return None
        count = corpus.rows.height
        return Version(
            corpus=corpus.name,
            number=1,
            parent=None,
            at=at,
            by=by,
            action="anchor",
            reason="the real rows that the corpus starts from",
            batch=None,
            rows_in=count,
            rows_admitted=count,
            rows_quarantined=0,
            parts=(PartRef(path=ANCHOR_ROWS, sha256=corpus.files.digest(ANCHOR_ROWS), rows=count, batch=ANCHOR),),
            left_out=(),
            counts=(Count(origin="real", depth=0, generator=None, licence=settings.licence, rows=count),),
            declared_share=0.0,
            estimated=None,
            bound=bound.share,
            bound_from=bound.source,
            guards=(),
        )

    extend(corpus.files, first)
    return corpus


def _write_anchor(corpus: OpenCorpus, of_anchor: dict[str, object]) -> None:
    """Write the anchor's files, ``ABOUT`` last: its presence is the commit."""
    settings, files = corpus.settings, corpus.files
    data, parts = read_parts(
        settings.anchor, holdout=settings.holdout, seed=settings.seed, entity=settings.entity, time=settings.time
    )
    _refuse_lost(corpus.name, data.columns)
    beside = _entity_beside(data, settings.entity)
    _refuse_taken(corpus.name, data.schema, beside)
    provenance = {"origin": "real", "depth": 0, "licence": settings.licence}
    columns = [pl.lit(provenance.get(name), dtype=dtype).alias(name) for name, dtype in COLUMNS.items()]
    numbered = parts.anchor.with_row_index("position").cast({"position": pl.Int64})
    names = [*data.schema.names, *(column.name for column in beside)]
    rows = with_content_hash(numbered, data.schema).select("position", "content", *names, *columns)
    holdout = with_content_hash(parts.holdout, data.schema).select("content", *names)
    for path, frame in ((ANCHOR_ROWS, rows), (HOLDOUT, holdout)):
        buffer = io.BytesIO()
        to_typed(frame, data.schema).write_parquet(buffer)
        files.put(path, buffer.getvalue())
    profile = fit_profile(parts.anchor, parts.holdout, data.schema, seed=settings.seed)
    files.put(PROFILE, profile.to_json().encode())
    told = [record.to_json() for record in data.columns]
    about = {"schema": data.schema.to_json(), "settings": of_anchor, "notes": data.notes, "columns": told}
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


def with_content_hash(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Add ``content``, the hash of a row's values."""
    return rows.with_columns(content_hashes(rows, schema).alias("content"))
