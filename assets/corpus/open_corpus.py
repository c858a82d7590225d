"""What a corpus starts from: its anchor, the holdout beside it, and what is measured of them once."""

import io
import json
from dataclasses import dataclass
from functools import cached_property

import polars as pl

from outcross.assets.anchor.split import content_hashes, split
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.files import ABOUT, ANCHOR, ANCHOR_ROWS, HOLDOUT, PROFILE
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.ledger.ledger import Count, PartRef, Version, extend
from outcross.assets.corpus.provenance import COLUMNS
from outcross.assets.corpus.share_bound import bound_now
from outcross.resources.corpus_store import CorpusStore
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.store import Store


@dataclass(frozen=True)
class Anchored:
    """A corpus whose anchor is in the store.

    Attributes:
        corpus: its settings.
        store: where studies are as well.
        files: its own.
    """

    corpus: Corpus
    store: Store
    files: CorpusStore

    @cached_property
    def schema(self) -> Schema:
        """The columns of a row."""
        return Schema.from_json(self._about["schema"])

    @cached_property
    def profile(self) -> Profile:
        """What was measured of the anchor."""
        return Profile.from_json(self.files.get(PROFILE).decode())

    @cached_property
    def rows(self) -> pl.DataFrame:
        """The anchor: ``position``, ``content``, the canonical columns, and those of provenance."""
        return pl.read_parquet(io.BytesIO(self.files.get(ANCHOR_ROWS)))

    @cached_property
    def holdout(self) -> pl.DataFrame:
        """The holdout: ``content`` and the canonical columns."""
        return pl.read_parquet(io.BytesIO(self.files.get(HOLDOUT)))

    @cached_property
    def _about(self) -> dict[str, dict[str, object]]:
        return json.loads(self.files.get(ABOUT))


def anchor(corpus: Corpus, store: Store, *, by: str, at: str) -> Anchored:
    """Return a corpus with its anchor; read, split and enter it as version 1 where that has not been done.

    Args:
        corpus: its settings.
        store: the root's.
        by: who asked, for the ledger.
        at: when, ISO 8601 with its offset.

    Raises:
        BadInput: the anchor cannot be read, holds pictures, or was entered under other settings.
    """
    anchored = Anchored(corpus, store, CorpusStore(store, corpus.corpus))
    settings = corpus.model_dump(mode="json", include={"anchor", "holdout", "seed"})
    if anchored.files.exists(ABOUT):
        if anchored._about["settings"] != settings:
            raise BadInput(
                f"corpus '{corpus.corpus}' was started with another 'anchor', 'holdout' or 'seed'; "
                "restore them, or give the corpus another name"
            )
    else:
        _enter(anchored, settings)
    bound = bound_now(corpus, store)

    def first(last: Version | None) -> Version | None:
        if last is not None:
            return None
        count = anchored.rows.height
        return Version(
            corpus=corpus.corpus,
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
            parts=(PartRef(path=ANCHOR_ROWS, sha256=anchored.files.digest(ANCHOR_ROWS), rows=count, batch=ANCHOR),),
            left_out=(),
            counts=(Count(origin="real", depth=0, generator=None, licence=corpus.licence, rows=count),),
            declared_share=0.0,
            estimated=None,
            bound=bound.share,
            bound_from=bound.source,
            guards=(),
        )

    extend(anchored.files, first)
    return anchored


def _enter(anchored: Anchored, settings: dict[str, object]) -> None:
    """Write the anchor's files; that which says so comes last."""
    corpus, files = anchored.corpus, anchored.files
    data = corpus.anchor.load()
    if data.schema.modality == "image":
        raise BadInput(f"corpus '{corpus.corpus}': its anchor holds pictures; corpora of tables and texts are guarded")
    if taken := sorted({"position", "content", "batch_id", *COLUMNS} & set(data.schema.names)):
        raise BadInput(
            f"corpus '{corpus.corpus}': its anchor has a column '{taken[0]}', which means something else in a corpus; "
            "rename it, or give it the role 'ignore'"
        )
    parts = split(data.rows, data.schema, holdout=corpus.holdout, seed=corpus.seed)
    provenance = {"origin": "real", "depth": 0, "licence": corpus.licence}
    columns = [pl.lit(provenance.get(name), dtype=dtype).alias(name) for name, dtype in COLUMNS.items()]
    numbered = parts.anchor.with_row_index("position").cast({"position": pl.Int64})
    rows = with_content(numbered, data.schema).select("position", "content", *data.schema.names, *columns)
    holdout = with_content(parts.holdout, data.schema).select("content", *data.schema.names)
    for path, frame in ((ANCHOR_ROWS, rows), (HOLDOUT, holdout)):
        buffer = io.BytesIO()
        frame.write_parquet(buffer)
        files.put(path, buffer.getvalue())
    profile = fit_profile(parts.anchor, parts.holdout, data.schema, seed=corpus.seed)
    files.put(PROFILE, profile.to_json().encode())
    about = {"schema": data.schema.to_json(), "settings": settings, "notes": data.notes}
    files.put(ABOUT, json.dumps(about, indent=1, sort_keys=True).encode())


def with_content(rows: pl.DataFrame, schema: Schema) -> pl.DataFrame:
    """Add ``content``, the hash of what a row says."""
    return rows.with_columns(content_hashes(rows, schema).alias("content"))
