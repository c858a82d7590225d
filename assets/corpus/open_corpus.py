"""A corpus opened in its store: its settings, its anchor and holdout, and the profile of the anchor."""

import io
import json
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from outcross.assets.anchor.parts import read_parts
from outcross.assets.anchor.split import content_hashes
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.files import ABOUT, ANCHOR, ANCHOR_ROWS, HOLDOUT, PROFILE
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.ledger.ledger import Count, PartRef, Version, extend
from outcross.assets.corpus.provenance import COLUMNS
from outcross.assets.corpus.share_bound import read_bound
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.store import Store


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

    @cached_property
    def schema(self) -> Schema:
        """The columns of a row."""
        return Schema.from_json(self._about["schema"])

    @cached_property
    def profile(self) -> Profile:
        """The statistics of the anchor that batches are compared with."""
        return Profile.from_json(self.files.get(PROFILE).decode())

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The anchor: ``position``, ``content``, the canonical columns, and the columns of provenance."""
        return pl.read_parquet(io.BytesIO(self.files.get(ANCHOR_ROWS)))

    @cached_property
    def holdout(self) -> pl.DataFrame:
        """The holdout: ``content`` and the canonical columns."""
        return pl.read_parquet(io.BytesIO(self.files.get(HOLDOUT)))

    @cached_property
    def _about(self) -> dict[str, dict[str, object]]:
        result: dict[str, dict[str, object]] = json.loads(self.files.get(ABOUT))
        return result


def open_corpus(settings: Corpus, store: Store, *, by: str, at: str) -> OpenCorpus:
    """Open a corpus; where it is new, read and split its anchor and write version 1 of its ledger.

    Args:
        settings: of the corpus.
        store: the root.
        by: who asked, for the ledger.
        at: when, ISO 8601 with its offset.

    Raises:
        BadInput: the anchor cannot be read, holds images, or was written under other settings.
    """
    corpus = OpenCorpus(settings, store, CorpusStore(store, settings.corpus))
    of_anchor = settings.model_dump(mode="json", include={"anchor", "holdout", "seed"})
    of_anchor |= settings.model_dump(mode="json", include={"entity", "time"}, exclude_none=True)
    if corpus.files.exists(ABOUT):
        if corpus._about["settings"] != of_anchor:
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
    if data.schema.modality == "image":
        raise BadInput(
            f"corpus '{corpus.name}': its anchor holds images, and a corpus takes tables or texts; "
            "name another source under 'anchor'"
        )
    if taken := sorted({"position", "content", "batch_id", *COLUMNS} & set(data.schema.names)):
        raise BadInput(
            f"corpus '{corpus.name}': its anchor has a column '{taken[0]}', which means something else in a corpus; "
            "rename it, or give it the role 'ignore'"
        )
    provenance = {"origin": "real", "depth": 0, "licence": settings.licence}
    columns = [pl.lit(provenance.get(name), dtype=dtype).alias(name) for name, dtype in COLUMNS.items()]
    numbered = parts.anchor.with_row_index("position").cast({"position": pl.Int64})
    rows = with_content_hash(numbered, data.schema).select("position", "content", *data.schema.names, *columns)
    holdout = with_content_hash(parts.holdout, data.schema).select("content", *data.schema.names)
    for path, frame in ((ANCHOR_ROWS, rows), (HOLDOUT, holdout)):
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        files.put(path, buffer.getvalue())
    profile = fit_profile(parts.anchor, parts.holdout, data.schema, seed=settings.seed)
    files.put(PROFILE, profile.to_json().encode())
    about = {"schema": data.schema.to_json(), "settings": of_anchor, "notes": data.notes}
    files.put(ABOUT, json.dumps(about, indent=1, sort_keys=True).encode())


def with_content_hash(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Add ``content``, the hash of a row's values."""
    return rows.with_columns(content_hashes(rows, schema).alias("content"))
