"""A corpus as an object: take rows in, estimate what is synthetic, read what it holds."""

import getpass
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import polars as pl

from outcross._api.custody import Custody, now
from outcross._api.frames import Rows, as_file
from outcross._api.study_run import DEFAULT_ROOT
from outcross.assets.corpus.contents import scan_rows
from outcross.assets.corpus.corpus import Corpus
from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.ledger.ledger import numbers, read_version
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus as StoredCorpus
from outcross.assets.corpus.open_corpus import open_corpus as open_stored
from outcross.assets.corpus.provenance import Origin, parse_claims
from outcross.jobs.files.corpus_files import CORPORA
from outcross.jobs.files.home import home
from outcross.resources.store import Store
from outcross.resources.typed_rows import for_users

if TYPE_CHECKING:
    from outcross.assets.corpus.intake.estimate_file import FileShare
    from outcross.assets.corpus.intake.outcome import Outcome

_VERSIONS: dict[str, pl.DataType] = {
    "number": pl.Int64(),
    "parent": pl.Int64(),
    "at": pl.String(),
    "by": pl.String(),
    "action": pl.String(),
    "reason": pl.String(),
    "batch": pl.String(),
    "rows": pl.Int64(),
    "rows_in": pl.Int64(),
    "rows_admitted": pl.Int64(),
    "rows_quarantined": pl.Int64(),
    "declared_share": pl.Float64(),
    "bound": pl.Float64(),
    "bound_from": pl.String(),
}
"""Columns of the frame of versions."""
_WAITING: dict[str, pl.DataType] = {
    "batch": pl.String(),
    "file": pl.String(),
    "rows": pl.Int64(),
    "reasons": pl.List(pl.Struct({"guard": pl.String(), "rows": pl.Int64()})),
    "version": pl.Int64(),
    "at": pl.String(),
}
_REFUSED: dict[str, pl.DataType] = {
    "batch": pl.String(),
    "file": pl.String(),
    "reason": pl.String(),
    "at": pl.String(),
    "bytes": pl.Int64(),
}


class OpenCorpus(Custody):
    """A corpus in a store. What is taken in, released or rejected is a new version of its ledger.

    Attributes:
        corpus: its settings.
    """

    def __init__(self, stored: StoredCorpus) -> None:
        self._stored = stored
        self.corpus: Corpus = stored.settings

    def ingest(
        self,
        rows: Rows,
        *,
        origin: Origin | None = None,
        licence: str | None = None,
        consent: str | None = None,
        generator: str | None = None,
        name: str = "frame",
        **claims: Any,
    ) -> "Outcome":
        """Take rows in: each is admitted, or quarantined with its reasons.

        Args:
            rows: path of a Parquet, Arrow, CSV or JSON file, beside which ``NAME.provenance.json`` may state its
                provenance; or a frame, which is taken in as a Parquet file. The same content is taken in once.
            origin: ``real``, ``synthetic``, ``mixed`` or ``unknown``. What is given here goes before the sidecar.
            licence: as SPDX names it.
            consent: of the people in the rows, or the terms of their source.
            generator: what made synthetic rows.
            name: of a frame, for the ledger.
            claims: further keys of provenance: ``generator_version``, ``parent``, ``recipe``, ``collected_at``,
                ``depth``.

        Returns what became of them: ``status`` (``admitted``, ``partly admitted``, ``held``, ``refused``, ``known``),
        ``batch``, ``version``, ``rows_in``, ``rows_admitted``, ``rows_quarantined``, ``reasons``. A file that cannot be
        read raises nothing: it is kept, and its status is ``refused``.

        Raises:
            BadInput: a claim is none of the known keys and values, or ``rows`` are no rows.
        """
        from outcross.assets.corpus.intake.ingest import ingest
        from outcross.assets.corpus.intake.outcome import Request

        stated = {"origin": origin, "licence": licence, "consent": consent, "generator": generator, **claims}
        parse_claims({key: value for key, value in stated.items() if value is not None})
        with as_file(rows, name=name) as path:
            return ingest(self._stored, path, Request(claims=stated, by=getpass.getuser(), at=now()))

    def estimate(self, rows: Rows, *, name: str = "frame") -> "FileShare":
        """Estimate what share of some rows is synthetic, declared or not; nothing is taken in.

        Returns ``rows``, ``interval`` (share, and its 95 % limits, 0 to 1) and ``found``, whose ``decided`` is False
        where the share cannot be told; its ``reason`` says why.

        Raises:
            BadInput: the file, its provenance or its columns cannot be read.
        """
        from outcross.assets.corpus.intake.estimate_file import estimate_file

        with as_file(rows, name=name) as path:
            return estimate_file(self._stored, path)

    def rows(self, version: int | None = None) -> pl.DataFrame:
        """Return the rows of a version, by default the last.

        ``batch_id``, ``position``, ``content`` (hash of the row), the columns of the data, and those of provenance
        (``origin``, ``generator``, ``licence``, ``depth`` …).

        Raises:
            MissingArtefact: there is no such version.
            Damaged: a file of it is.
        """

        @names_damage
        def read(stored: StoredCorpus) -> pl.DataFrame:
            return scan_rows(stored, read_version(stored.files, version)).collect()

        return for_users(read(self._stored), self._stored.schema)

    def versions(self) -> pl.DataFrame:
        """Return a line per version, the first first: what was done, when, by whom, and what the corpus then held.

        ``declared_share`` is the synthetic share of the rows that declare their origin, ``bound`` the largest that is
        allowed (null: none), both 0 to 1.
        """
        return pl.DataFrame(
            [{name: getattr(version, name) for name in _VERSIONS} for version in self.ledger()], schema=_VERSIONS
        )

    def ledger(self) -> list[Version]:
        """Return every version as the ledger has it, with parts, counts and what the guards found."""
        return [read_version(self._stored.files, number) for number in numbers(self._stored.files)]

    def quarantine(self, batch: str | None = None, *, limit: int | None = None) -> pl.DataFrame:
        """Return what waits for a decision.

        Args:
            batch: id of a batch, its first characters, or the name of its file, for its rows: ``position``, ``raw``
                (JSON of the row as it came), ``reasons``. Without one, a line per batch: ``batch``, ``file``, ``rows``,
                ``reasons`` (guard and the rows it holds back), ``version``, ``at``.
            limit: the first so many rows of a batch; all by default.

        Raises:
            BadInput: the ledger has no such batch.
            Damaged: its quarantine is.
        """
        from outcross.assets.corpus.quarantine.quarantine import list_quarantine, read_quarantine
        from outcross.assets.corpus.quarantine.rows import name_batch

        if batch is not None:
            return read_quarantine(self._stored, name_batch(self._stored, batch), limit=limit)
        lines = []
        for each in list_quarantine(self._stored):
            reasons = [{"guard": guard, "rows": count} for guard, count in each.reasons.items()]
            lines.append(asdict(each) | {"reasons": reasons})
        return pl.DataFrame(lines, schema=_WAITING)

    def refused(self) -> pl.DataFrame:
        """Return a line per file that could not be read: ``batch``, ``file``, ``reason``, ``at``, ``bytes``."""
        from outcross.assets.corpus.quarantine.quarantine import list_refused_files

        return pl.DataFrame([asdict(each) for each in list_refused_files(self._stored)], schema=_REFUSED)

    def release(
        self,
        batch: str,
        *,
        reason: str,
        rows: Sequence[int] = (),
        guards: Sequence[str] = (),
        past_bound: bool = False,
        below: float | None = None,
    ) -> Version:
        """Make rows that wait rows of the corpus, in a new version.

        Args:
            batch: id of the batch, its first characters, or the name of its file.
            reason: why, for the ledger.
            rows: positions, counted from 0; with ``guards`` empty too, all rows that wait.
            guards: the rows that these guards hold back, and no other guard.
            past_bound: even where the synthetic share passes its bound by it.
            below: the rows whose probability of being synthetic is below it, instead of ``rows`` and ``guards``; they
                count by it in the corpus's estimate, see ``expected`` of the version.

        Raises:
            BadInput: rows do not wait, have no probability, or may not be released; nothing is released then.
        """
        from outcross.assets.corpus.quarantine.by_probability import plan_release
        from outcross.assets.corpus.quarantine.quarantine import release
        from outcross.assets.corpus.quarantine.rows import name_batch

        batch = name_batch(self._stored, batch)
        plan = None if below is None else plan_release(self._stored, batch, below=below, alone=not (rows or guards))
        return release(
            self._stored,
            batch,
            positions=self._positions(batch, rows, guards) if plan is None else plan.positions,
            reason=reason,
            by=getpass.getuser(),
            at=now(),
            past_bound=past_bound,
            expected=None if plan is None else plan.expected,
        )

    def reject(self, batch: str, *, reason: str, rows: Sequence[int] = (), guards: Sequence[str] = ()) -> Version:
        """Decide that rows which wait stay out, in a new version; the arguments are those of :meth:`release`."""
        from outcross.assets.corpus.quarantine.quarantine import reject
        from outcross.assets.corpus.quarantine.rows import name_batch

        batch = name_batch(self._stored, batch)
        positions, by, at = self._positions(batch, rows, guards), getpass.getuser(), now()
        return reject(self._stored, batch, positions=positions, reason=reason, by=by, at=at)

    def __repr__(self) -> str:
        last = read_version(self._stored.files)
        bound = "no bound" if last.bound is None else f"at most {last.bound:.1%}"
        return (
            f"corpus '{last.corpus}' in {self._stored.store.url}, version {last.number}: {last.rows:,} rows, "
            f"{last.declared_share:.1%} synthetic ({bound})"
        )

    def _positions(self, batch: str, rows: Sequence[int], guards: Sequence[str]) -> list[int] | None:
        from outcross.assets.corpus.quarantine.quarantine import find_rows_of_guards

        if not rows and not guards:
            return None
        return [*rows, *(find_rows_of_guards(self._stored, batch, guards) if guards else [])]


def open_corpus(
    corpus: Corpus | Mapping[str, Any] | str | os.PathLike[str], *, root: str | os.PathLike[str] = DEFAULT_ROOT
) -> OpenCorpus:
    """Open a corpus; where the store does not have it, its anchor is read and entered as version 1.

    Args:
        corpus: path of a corpus file, name of a known corpus, or the settings that a file holds.
        root: of the store, a path or URL; the command line's is ``.outcross/data`` unless ``--root`` names another.

    Raises:
        BadInput: there is no such corpus, its anchor cannot be read, or it was started under other settings.
        Damaged: it was started, and a file of its anchor or its ledger is lost or damaged.
    """
    if isinstance(corpus, Corpus):
        settings = corpus
    elif isinstance(corpus, Mapping):
        settings = CORPORA.validate(dict(corpus), where="the settings", base=Path())
    else:
        settings = CORPORA.load(CORPORA.find(os.fspath(corpus), home()))
    return OpenCorpus(open_stored(settings, Store(root), by=getpass.getuser(), at=now()))
