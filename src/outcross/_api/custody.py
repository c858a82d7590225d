"""What the commands of a corpus's custody do, as methods: withdraw, decide, declare, renew, accept a change."""

import getpass
import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import polars as pl

from outcross.assets.corpus.ledger.ledger import newest
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus as StoredCorpus
from outcross.assets.corpus.provenance import Origin

if TYPE_CHECKING:
    from outcross.assets.corpus.renewal.renew import Renewal
    from outcross.assets.corpus.withdrawal.selection import Selector
    from outcross.assets.corpus.withdrawal.withdraw import Plan

_DESCENDANTS: dict[str, pl.DataType] = {
    "kind": pl.String(),
    "name": pl.String(),
    "rows": pl.Int64(),
    "through": pl.String(),
}
"""Columns of the frame of descendants."""


class Custody:
    """A corpus whose rows are withdrawn or declared anew, and whose anchor follows the world."""

    _stored: StoredCorpus

    def descendants(
        self,
        *,
        batch: str | None = None,
        generator: str | None = None,
        licence: str | None = None,
        consent: str | None = None,
        rows: str | os.PathLike[str] | None = None,
        withdrawal: int | None = None,
    ) -> pl.DataFrame:
        """Return what rests on rows: ``kind``, ``name``, ``rows`` and ``through``, what links it to them.

        Args:
            batch: rows of this batch: its id, its first characters, or the name of its file.
            generator: rows that name it.
            licence: rows that have it.
            consent: rows that have it.
            rows: path of a file; rows of the content of one of its rows.
            withdrawal: number of a version that withdrew rows, instead of the others.

        Raises:
            BadInput: not exactly one of these is given, or no row is meant.
        """
        from outcross.assets.corpus.withdrawal.descendants import descendants_of_withdrawal, find_descendants
        from outcross.resources.errors import BadInput

        ways = (batch, generator, licence, consent, rows)
        if withdrawal is None:
            found = find_descendants(self._stored, self._selector(*ways))
        elif any(each is not None for each in ways):
            raise BadInput("'withdrawal' names the rows of a version; give it alone")
        else:
            found = descendants_of_withdrawal(self._stored, withdrawal)
        return pl.DataFrame([asdict(each) for each in found], schema=_DESCENDANTS)

    def plan_withdrawal(
        self,
        *,
        batch: str | None = None,
        generator: str | None = None,
        licence: str | None = None,
        consent: str | None = None,
        rows: str | os.PathLike[str] | None = None,
        erase: bool = False,
    ) -> "Plan":
        """Return what :meth:`withdraw` would do, and change nothing; its attributes count the rows by where they lie.

        Raises:
            BadInput: as :meth:`withdraw`.
        """
        from outcross.assets.corpus.withdrawal.withdraw import plan_withdrawal

        selector = self._selector(batch, generator, licence, consent, rows)
        return plan_withdrawal(self._stored, selector, erase=erase)

    def withdraw(
        self,
        *,
        reason: str,
        batch: str | None = None,
        generator: str | None = None,
        licence: str | None = None,
        consent: str | None = None,
        rows: str | os.PathLike[str] | None = None,
        erase: bool = False,
    ) -> Version:
        """Take rows out of the corpus for good, in a new version; the same content is refused when it comes again.

        Args:
            reason: for the ledger.
            batch: rows of this batch: its id, its first characters, or the name of its file.
            generator: rows that name it.
            licence: rows that have it.
            consent: rows that have it.
            rows: path of a file; rows of the content of one of its rows.
            erase: whether their bytes are removed from the store as well, renewed anchors included. That cannot be
                undone.

        Raises:
            BadInput: not exactly one way to name rows is given, no row is meant, they were withdrawn before, or no
                reason is given.
        """
        from outcross.assets.corpus.withdrawal.withdraw import withdraw
        from outcross.jobs.files.corpus_pages import remove_pages

        selector = self._selector(batch, generator, licence, consent, rows)
        if erase:
            remove_pages(self._stored.name)
        done = withdraw(self._stored, selector, reason=reason, by=getpass.getuser(), at=now(), erase=erase)
        return self._followed(done)

    def decide(self, withdrawal: int, *, reason: str) -> Version:
        """Record what was decided about what rests on the rows that a version withdrew; it is marked no longer.

        Args:
            withdrawal: number of that version.
            reason: what was decided.

        Raises:
            BadInput: it withdrew nothing, was decided about, or no reason is given.
        """
        from outcross.assets.corpus.withdrawal.withdraw import decide

        return decide(self._stored, withdrawal, reason=reason, by=getpass.getuser(), at=now())

    def declare(
        self,
        batch: str,
        *,
        reason: str,
        origin: Origin | None = None,
        dry_run: bool = False,
        **claims: Any,
    ) -> Version:
        """Declare anew what the rows of a batch are, in a new version; no row leaves, and earlier versions stay.

        Args:
            batch: its id, its first characters, or the name of its file.
            reason: for the ledger.
            origin: ``real``, ``synthetic``, ``mixed`` or ``unknown``.
            dry_run: whether the version is only returned, and not written.
            claims: further keys of provenance: ``generator``, ``generator_version``, ``parent``, ``licence``,
                ``consent``, ``depth``.

        Raises:
            BadInput: there is no such batch, a claim is not valid or changes nothing, or no reason is given.
        """
        from outcross.assets.corpus.provenance import parse_claims
        from outcross.assets.corpus.quarantine.rows import name_batch
        from outcross.assets.corpus.withdrawal.declare import declare

        stated = {key: value for key, value in {"origin": origin, **claims}.items() if value is not None}
        parse_claims(stated)
        named, by = name_batch(self._stored, batch), getpass.getuser()
        return declare(self._stored, named, stated, reason=reason, by=by, at=now(), dry_run=dry_run)

    def plan_renewal(self, *, last: int | None = None, batches: Sequence[str] = (), alone: bool = False) -> "Renewal":
        """Return what :meth:`renew_anchor` would do, and change nothing: rows, undeclared share, bounds side by side.

        Raises:
            BadInput: as :meth:`renew_anchor`.
        """
        from outcross.assets.corpus.quarantine.rows import name_batch
        from outcross.assets.corpus.renewal.renew import plan_renewal

        named = [name_batch(self._stored, each) for each in batches]
        return plan_renewal(self._stored, last=last, batches=named, alone=alone)

    def renew_anchor(
        self, *, reason: str, last: int | None = None, batches: Sequence[str] = (), alone: bool = False
    ) -> Version:
        """Take admitted real batches into the anchor, in a new version; later batches are compared with it.

        Args:
            reason: for the ledger.
            last: number of the last real batches; all of them if neither this nor ``batches`` is given.
            batches: ids, or names of files.
            alone: whether the rows before them are no longer compared with.

        Raises:
            BadInput: a batch cannot be chosen, rows are too few, their undeclared synthetic share is not shown to lie
                below its bound, or no reason is given.
        """
        from outcross.assets.corpus.renewal.renew import renew

        plan = self.plan_renewal(last=last, batches=batches, alone=alone)
        return self._followed(renew(self._stored, plan, reason=reason, by=getpass.getuser(), at=now()))

    def accept_change(self, kind: Literal["level", "range", "unit", "absent"], change: str, *, reason: str) -> Version:
        """Take one lasting change as normal, in a new version; a held file that is sent again is judged by it.

        Args:
            kind: of the change.
            change: ``COLUMN=VALUE`` for a level, ``COLUMN=LOW..HIGH`` for a range, ``COLUMN=FACTOR`` for a unit, and
                ``COLUMN`` for one that files may lack.
            reason: for the ledger.

        Raises:
            BadInput: it is no such change, is accepted already, or no reason is given.
        """
        from outcross.assets.corpus.accepted.accept import accept
        from outcross.assets.corpus.accepted.stated import parse_change

        stated = parse_change(kind, change, self._stored, reason=reason, by=getpass.getuser(), at=now())
        return self._followed(accept(self._stored, stated))

    def _followed(self, done: Version) -> Version:
        """Go on with the anchor and the changes of the last version."""
        self._stored = self._stored.as_of(newest(self._stored.files))
        return done

    def _selector(
        self,
        batch: str | None,
        generator: str | None,
        licence: str | None,
        consent: str | None,
        rows: str | os.PathLike[str] | None,
    ) -> "Selector":
        from outcross.assets.corpus.quarantine.rows import name_batch
        from outcross.assets.corpus.withdrawal.selection import Selector

        named = None if batch is None else name_batch(self._stored, batch)
        path = None if rows is None else Path(rows)
        return Selector(batch=named, generator=generator, licence=licence, consent=consent, rows=path)


def now() -> str:
    """The moment, as a ledger has it: ISO 8601, in UTC."""
    return datetime.now(UTC).isoformat(timespec="seconds")
