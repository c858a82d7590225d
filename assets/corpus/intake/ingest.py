"""Take in a file: copy it, read it, check it, and enter what may be admitted into the ledger.

The ledger's version is the commit. Everything before it may be done again: a process that is killed leaves files that
nothing names, and the next attempt writes them over. Of two that take in the same file, the later finds it entered.
"""

import tempfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from outcross.assets.corpus.contents import contents
from outcross.assets.corpus.files import QUARANTINED
from outcross.assets.corpus.guards.bounds import blocks
from outcross.assets.corpus.guards.guards import GUARDS, Level
from outcross.assets.corpus.intake.arrival import Arrival, arrive, claimed, keep_refused, keep_uncopied
from outcross.assets.corpus.intake.judging import judge
from outcross.assets.corpus.intake.staging import Staged, stage, write_held
from outcross.assets.corpus.ledger.counts import add_counts, count_rows
from outcross.assets.corpus.ledger.ledger import (
    Count,
    Estimate,
    PartRef,
    Version,
    extend,
    numbers,
    read_version,
    totals,
)
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.rows_file import keep_part
from outcross.assets.corpus.share_bound import BoundNow, bound_now
from outcross.assets.corpus.undeclared.corpus_share import corpus_share
from outcross.assets.corpus.undeclared.vital import BatchShare, estimate_batch, estimate_since_anchor
from outcross.resources.errors import BadInput
from outcross.resources.seeds import derive_seed
from outcross.resources.sources.locate import SourceFile

Status = Literal["admitted", "partly admitted", "held", "refused", "known"]
Tell = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class Request:
    """Who wants a file taken in, and what is claimed of it.

    Attributes:
        claims: provenance that goes before the sidecar's, by key.
        by: who or what asked, for the ledger.
        at: when, ISO 8601 with its offset.
    """

    claims: dict[str, Any]
    by: str
    at: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What became of a file.

    Attributes:
        status: ``held``: no row was admitted; ``refused``: it could not be read; ``known``: the ledger has it already.
        batch: its id; empty where it could not even be copied.
        file: its name.
        version: of the ledger that has it; None where none has.
        rows_in: rows of the file.
        rows_admitted: of these.
        rows_quarantined: of these.
        reasons: against the batch as a whole, or why it was refused.
    """

    status: Status
    batch: str
    file: str
    version: int | None = None
    rows_in: int = 0
    rows_admitted: int = 0
    rows_quarantined: int = 0
    reasons: tuple[str, ...] = ()


def ingest(anchored: Anchored, path: Path, request: Request, *, tell: Tell = lambda _: None) -> Outcome:
    """Take in one file. Nothing is lost: a file that cannot be read is kept with the reason, and so is every row.

    Args:
        anchored: the corpus.
        path: the file; what lies beside it as ``NAME.provenance.json`` is its provenance.
        request: who asks, and what is claimed.
        tell: told what is being done.
    """
    files = anchored.files
    try:
        tell("copying")
        arrival = arrive(files, path, anchored.corpus.limits)
    except BadInput as error:
        keep_uncopied(files, path, str(error), at=request.at)
        return Outcome(status="refused", batch="", file=path.name, reasons=(str(error),))
    with tempfile.TemporaryDirectory(prefix="outcross-") as folder:
        try:
            return _Taking(anchored, arrival, request, Path(folder), tell).take()
        except BadInput as error:
            keep_refused(files, arrival, str(error), at=request.at)
            return Outcome(status="refused", batch=arrival.batch, file=arrival.name, reasons=(str(error),))


class _Taking:
    """One batch on its way in."""

    def __init__(self, anchored: Anchored, arrival: Arrival, request: Request, folder: Path, tell: Tell) -> None:
        self._anchored, self._arrival, self._request = anchored, arrival, request
        self._folder, self._tell = folder, tell
        self._outcome: Outcome | None = None

    def take(self) -> Outcome:
        extend(self._anchored.files, self._next)
        assert self._outcome is not None
        return self._outcome

    def _next(self, last: Version | None) -> Version | None:
        """Build the version that has the batch, on the last; None where one has it already."""
        assert last is not None, "a corpus starts with its anchor"
        if (entered := _entered(self._anchored, self._arrival.batch)) is not None:
            self._outcome = self._told(entered, "known", ())
            return None
        staged = self._stage(last)
        self._tell("checking")
        bound = bound_now(self._anchored.corpus, self._anchored.store)
        after = add_counts(last.counts, count_rows(staged.fit))
        share = estimate_batch(staged.fit, self._anchored, last, seed=self._seed)
        results = judge(self._anchored, staged, after, bound, share)
        against = [*self._lies(staged)]
        against += [f"{each.guard}: {each.why}" for each in results if each.blocking and not each.passed]
        self._tell("writing")
        version = self._version(last, staged, bound, last.counts if against else after, held=bool(against))
        held = self._write_held(staged, against, version.rows_quarantined)
        estimated = self._estimated(last, version, staged, share)
        version = replace(version, guards=results, estimated=estimated, held=held)
        status: Status = "held" if not version.rows_admitted else "admitted"
        if version.rows_admitted and version.rows_quarantined:
            status = "partly admitted"
        self._outcome = self._told(version, status, tuple(against))
        return version

    def _stage(self, last: Version) -> Staged:
        self._tell("reading")
        original = self._folder / Path(self._arrival.original).name
        if not original.exists():
            self._anchored.files.fetch(self._arrival.original, original)
        settings = self._anchored.corpus.settings()
        return stage(
            SourceFile(self._arrival.name, original),
            self._anchored,
            claimed(self._arrival.beside, self._request.claims),
            corpus=contents(self._anchored, last),
            last=last,
            folder=self._folder,
            guards={name for name in _ROW_LEVEL if blocks(name, settings)},
        )

    @property
    def _seed(self) -> int:
        return derive_seed("undeclared", self._anchored.corpus.seed, self._arrival.batch)

    def _estimated(self, last: Version, version: Version, staged: Staged, share: BatchShare) -> Estimate | None:
        """The synthetic share of the corpus; where that could not be told before and more is known now, anew."""
        if not version.rows_admitted:
            return corpus_share(last, version.counts, None)
        found = corpus_share(last, version.counts, share)
        if not (share.known and last.parts[1:]) or (found is not None and found.decided):
            return found
        every = estimate_since_anchor(staged.fit, self._anchored, last, seed=self._seed)
        return corpus_share(last, version.counts, every, anew=True) if every.decided else found

    def _lies(self, staged: Staged) -> list[str]:
        beside = self._arrival.beside
        if beside is None:
            return []
        found = beside.claims.lies(rows=staged.rows, size=self._arrival.size, sha256=self._arrival.sha256)
        return [f"provenance: {lie}" for lie in found]

    def _version(
        self, last: Version, staged: Staged, bound: BoundNow, counts: tuple[Count, ...], *, held: bool
    ) -> Version:
        admitted, parts = 0 if held else staged.rows_fit, last.parts
        if admitted:
            parts = (*parts, self._keep("admitted", staged.fit, admitted))
        return Version(
            corpus=last.corpus,
            number=last.number + 1,
            parent=last.number,
            at=self._request.at,
            by=self._request.by,
            action="ingest",
            reason=f"file {self._arrival.name}",
            batch=self._arrival.batch,
            rows_in=staged.rows,
            rows_admitted=admitted,
            rows_quarantined=staged.rows - admitted,
            parts=parts,
            left_out=last.left_out,
            decided=last.decided,
            counts=counts,
            declared_share=totals(counts).share,
            estimated=None,
            bound=bound.share,
            bound_from=bound.source,
            guards=(),
        )

    def _write_held(self, staged: Staged, against: Sequence[str], rows: int) -> PartRef:
        """Write the rows held back, with their reasons; of a batch that is held whole, all rows."""
        to = self._folder / "quarantined.parquet"
        write_held(staged, against, to)
        return self._keep(QUARANTINED, to, rows)

    def _keep(self, name: str, local: Path, rows: int) -> PartRef:
        batch = self._arrival.batch
        return keep_part(self._anchored.files, local, f"batches/{batch}/{name}", rows=rows, batch=batch)

    def _told(self, version: Version, status: Status, reasons: tuple[str, ...]) -> Outcome:
        return Outcome(
            status=status,
            batch=self._arrival.batch,
            file=self._arrival.name,
            version=version.number,
            rows_in=version.rows_in,
            rows_admitted=version.rows_admitted,
            rows_quarantined=version.rows_quarantined,
            reasons=reasons,
        )


_ROW_LEVEL = {name for name, guard in GUARDS.items() if guard.level is Level.ROW} | {"licence", "provenance"}


def _entered(anchored: Anchored, batch: str) -> Version | None:
    """The version that took the batch in, if one did; the ledger is searched only where files say that one may have."""
    there = anchored.files.list(f"batches/{batch}")
    if not any(path.startswith(f"batches/{batch}/{QUARANTINED}-") for path in there):
        return None
    for number in reversed(numbers(anchored.files)):
        version = read_version(anchored.files, number)
        if version.batch == batch and version.action == "ingest":
            return version
    return None
