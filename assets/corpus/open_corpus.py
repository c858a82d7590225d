"""A corpus opened in its store: its settings, its anchor and holdout, and the profile of the anchor."""

import io
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypeVar
from zipfile import BadZipFile

import polars as pl

from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.files import (
    ABOUT,
    ANCHOR,
    ANCHOR_ROWS,
    HOLDOUT,
    IS_CURRENT,
    PICTURES,
    PROFILE,
    RENEWED_HOLDOUT,
    RENEWED_PROFILE,
    RENEWED_ROWS,
    TEXTS,
)
from outcross.assets.corpus.guards.anchor_texts import AnchorTexts
from outcross.assets.corpus.guards.picture_profile import PictureProfile
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.guards.text_profile import TextProfile
from outcross.assets.corpus.ledger.accepted_change import AcceptedChange
from outcross.assets.corpus.ledger.anchor_ref import AnchorRef
from outcross.assets.corpus.ledger.ledger import VERSIONS, extend, newest, numbers
from outcross.assets.corpus.ledger.records import Count, PartRef
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.named_files import name_files, name_rules
from outcross.assets.corpus.share_bound import read_bound
from outcross.assets.corpus.write_anchor import write_anchor
from outcross.assets.instruments.plain_text import print_of_tokenizer
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import RESTORE, BadInput, Damaged, reason_of
from outcross.resources.safe_text import all_without_secrets
from outcross.resources.schema import Column, Schema
from outcross.resources.sources.column_record import ColumnRecord, read_records
from outcross.resources.store import MissingArtefact, Store
from outcross.resources.typed_rows import to_canonical

Content = TypeVar("Content")
TEXT_FORMAT = 2
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
        keeps: whether what is derived from the rows is stored for the next time; False where a corpus is only viewed.
        renewed: the anchor that batches are compared with, if it was renewed.
        accepted: lasting changes that count as normal.
    """

    settings: Corpus
    store: Store
    files: CorpusStore
    keeps: bool = True
    renewed: AnchorRef | None = None
    accepted: tuple[AcceptedChange, ...] = ()

    def as_of(self, version: Version | None) -> "OpenCorpus":
        """Return the corpus with the anchor and the accepted changes of a version; as it was started if None."""
        anchor, accepted = (None, ()) if version is None else (version.anchor, version.accepted)
        is_same = (anchor, accepted) == (self.renewed, self.accepted)
        return self if is_same else replace(self, renewed=anchor, accepted=accepted)

    @property
    def name(self) -> str:
        """The corpus's name."""
        return self.settings.corpus

    @property
    def is_started(self) -> bool:
        """Whether its anchor has been taken.

        Raises:
            Damaged: it has been, and the file that says so, or the whole ledger, is lost.
        """
        known = bool(numbers(self.files))
        if known and not self.files.exists(ABOUT):
            raise Damaged(self.files.location(ABOUT), "is missing", RESTORE)
        if not known and self.files.list("batches"):
            raise Damaged(self.files.location(VERSIONS), "has no version, and batches were ingested", RESTORE)
        return known or self.files.exists(ABOUT)

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
        return self._read(
            self.anchor_path(PROFILE, RENEWED_PROFILE), lambda content: Profile.from_json(content.decode())
        )

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The anchor: ``position``, ``content``, the stored columns, and the columns of provenance.

        The position is that in the file of its batch, which a renewed anchor names in ``batch_id``.
        """
        return _current(self.every_anchor)

    @cached_property
    def every_anchor(self) -> pl.DataFrame:
        """Rows that are or were of the anchor, with the columns of ``rows``. None of them may come again."""
        return self._read(self.anchor_path(ANCHOR_ROWS, RENEWED_ROWS), self._read_rows)

    @cached_property
    def reserved(self) -> pl.DataFrame:
        """The rows set aside for evaluation: ``content`` and the stored columns. None may enter the corpus."""
        return self._read(self.anchor_path(HOLDOUT, RENEWED_HOLDOUT), self._read_rows)

    @cached_property
    def holdout(self) -> pl.DataFrame:
        """Those of the reserved rows that batches are compared with."""
        return _current(self.reserved)

    def anchor_path(self, first: str, renewed: str) -> str:
        """Return the path of a file of the anchor: the first anchor's, or that of this name in the renewed one."""
        return first if self.renewed is None else f"{self.renewed.folder}/{renewed}"

    @property
    def anchor_mark(self) -> str:
        """Part of the name of what is derived from a renewed anchor; empty for the first one."""
        return "" if self.renewed is None else f"-{self.renewed.folder.rpartition('/')[2]}"

    @property
    def has_texts(self) -> bool:
        """Whether rows have a text."""
        return self.schema.text is not None

    @cached_property
    def texts(self) -> TextProfile:
        """The profile of the anchor's texts; fitted and stored when it is first used."""
        assert self.schema.text is not None, "a corpus whose rows have a text"
        path = f"{TEXTS}/profile-{TEXT_FORMAT}-{print_of_tokenizer()}{self.anchor_mark}"
        try:
            return self._read(path, TextProfile.from_bytes)
        except Damaged:
            found = TextProfile.fit(
                self.rows,
                self.holdout,
                self.schema.text.name,
                groups=[column.name for column in self.schema.groups],
                seed=self.settings.seed,
            )
            self._keep(path, found.to_bytes())
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
        path = f"{PICTURES}/profile-{PICTURE_FORMAT}{self.anchor_mark}"
        try:
            return self._read(path, lambda content: PictureProfile.from_bytes(content, self.schema))
        except Damaged:
            found = PictureProfile.fit(self.rows, self.holdout, self.schema, seed=self.settings.seed)
            self._keep(path, found.to_bytes())
            return found

    @cached_property
    def _about(self) -> dict[str, Any]:
        return self._read(ABOUT, _read_about)

    def _read(self, path: str, read: Callable[[bytes], Content]) -> Content:
        """Read a file of the corpus.

        Raises:
            Damaged: it is missing, or is not what was written.
        """
        where = self.files.location(path)
        try:
            return read(self.files.get(path))
        except MissingArtefact:
            raise Damaged(where, "is missing", RESTORE) from None
        except (*_UNREADABLE, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            reason = reason_of(error)
            raise Damaged(where, f"cannot be read ({type(error).__name__}: {reason})", RESTORE) from None

    def _read_rows(self, content: bytes) -> pl.DataFrame:
        return to_canonical(pl.read_parquet(io.BytesIO(content)), self.stored)

    def _keep(self, path: str, content: bytes) -> None:
        """Store what is derived from the rows, unless the corpus is only viewed."""
        if self.keeps:
            self.files.put(path, content)


_UNREADABLE = (ValueError, LookupError, TypeError, AttributeError, OSError, EOFError, BadZipFile)
"""What the readers of the corpus's files raise where a file is not what was written."""


def _current(rows: pl.DataFrame) -> pl.DataFrame:
    """Keep the rows that batches are compared with; of the first anchor, all are."""
    return rows.filter(IS_CURRENT) if IS_CURRENT in rows.columns else rows


def _read_about(content: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(content)
    Schema.from_json(found["schema"])
    if not isinstance(found.get("settings", {}), dict):
        raise TypeError("'settings' is no object")
    return found


def open_corpus(settings: Corpus, store: Store, *, by: str, at: str) -> OpenCorpus:
    """Open a corpus; where it is new, read and split its anchor and write version 1 of its ledger.

    Args:
        settings: of the corpus.
        store: the root.
        by: who asked, for the ledger.
        at: when, ISO 8601 with its offset.

    Raises:
        BadInput: the anchor cannot be read, or was written under other settings.
        Damaged: it was started, and a file of its anchor or its ledger is lost or damaged.
    """
    corpus = OpenCorpus(settings, store, CorpusStore(store, settings.corpus))
    if corpus.is_started:
        check_settings(corpus)
    else:
        write_anchor(corpus.files, settings, _settings_of_anchor(settings))
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
            files=(*name_files(corpus.files, (HOLDOUT, PROFILE, ABOUT)), name_rules(corpus.files, settings)),
        )

    extend(corpus.files, first)
    return corpus.as_of(newest(corpus.files))


def view_corpus(settings: Corpus, store: Store) -> OpenCorpus:
    """Open a corpus only to look at it: nothing is written, whatever is missing.

    Raises:
        MissingArtefact: nothing was ever ingested.
        BadInput: it was started under other settings.
        Damaged: a file of its anchor or its ledger is lost or damaged.
    """
    corpus = OpenCorpus(settings, store, CorpusStore(store, settings.corpus), keeps=False)
    if not corpus.is_started:
        raise MissingArtefact(
            f"corpus '{corpus.name}' has no version yet in {corpus.files.url}; start it with 'outcross ingest FILE "
            f"--corpus {corpus.name}'"
        )
    check_settings(corpus)
    return corpus.as_of(newest(corpus.files))


def check_settings(corpus: OpenCorpus) -> None:
    """Check that a corpus has the settings that its anchor was read and split by.

    Raises:
        BadInput: it has others.
        Damaged: what it was started by cannot be read.
    """
    if all_without_secrets(corpus._about.get("settings")) != _settings_of_anchor(corpus.settings):
        raise BadInput(
            f"corpus '{corpus.name}' was started with another 'anchor', 'holdout', 'seed', 'entity' or 'time'; "
            "restore them, or give the corpus another name"
        )


def _settings_of_anchor(settings: Corpus) -> dict[str, object]:
    found = settings.model_dump(mode="json", include={"anchor", "holdout", "seed"})
    found |= settings.model_dump(mode="json", include={"entity", "time"}, exclude_none=True)
    without: dict[str, object] = all_without_secrets(found)
    return without


def with_content_hash(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Add ``content``, the hash of a row's values."""
    return rows.with_columns(content_hashes(rows, schema).alias("content"))
