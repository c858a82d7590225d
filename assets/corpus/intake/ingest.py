"""Ingest a file: copy it, read it, check it, write the rows that are admitted, and record the batch in the ledger.

The new version of the ledger is the commit. Every step before it can be repeated: a killed process leaves files that no
version names, and the next attempt overwrites them. If two processes ingest the same file, the later one finds the
batch in the ledger.
"""

from dataclasses import replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.accepted.in_force import with_changes
from outcross.assets.corpus.accumulated.accumulate import accumulate
from outcross.assets.corpus.contents import scan_contents
from outcross.assets.corpus.damage import names_damage
from outcross.assets.corpus.expectations.batch_results import BatchResults, keep, validate_batch
from outcross.assets.corpus.expectations.own import GUARD as EXPECTATIONS
from outcross.assets.corpus.expectations.own import load_suite, to_results
from outcross.assets.corpus.guards.bounds import blocks
from outcross.assets.corpus.guards.guard import Level
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.intake.arrival import Arrival, copy_file, merge_claims, record_refusal, record_uncopied
from outcross.assets.corpus.intake.batch_checks import Admission, check_batch
from outcross.assets.corpus.intake.batch_files import BatchFiles
from outcross.assets.corpus.intake.common_cause import find_common_cause
from outcross.assets.corpus.intake.erased_rows import refuse_erased
from outcross.assets.corpus.intake.file_marks import find_file_marks
from outcross.assets.corpus.intake.judged_again import (
    AGAIN,
    read_waiting,
    store_decided,
    why_again,
    with_admitted,
)
from outcross.assets.corpus.intake.known_batch import find_intake, tell_known, tell_withdrawn
from outcross.assets.corpus.intake.outcome import Outcome, Report, Request, Status, outcome_of
from outcross.assets.corpus.intake.packed_pictures import pack_pictures
from outcross.assets.corpus.intake.staged_batch import StagedBatch
from outcross.assets.corpus.intake.staging import stage
from outcross.assets.corpus.ledger.counts import add_counts, count_rows, count_synthetic
from outcross.assets.corpus.ledger.ledger import extend
from outcross.assets.corpus.ledger.next_version import next_version
from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.named_files import name_files
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.protected.copies import Protected, load_protected
from outcross.assets.corpus.protected.results import compare_admitted
from outcross.assets.corpus.rows_file import write_typed
from outcross.assets.corpus.share_bound import Bound, read_bound
from outcross.assets.corpus.undeclared.batch_share import BatchShare, estimate_batch
from outcross.assets.corpus.undeclared.corpus_share import estimate_corpus_share, estimate_recent
from outcross.assets.corpus.undeclared.pooled.accumulated_guards import Accumulated
from outcross.assets.corpus.undeclared.pooled.corpus_evidence import Gathered, gather
from outcross.assets.corpus.withdrawn_rows import withdrawal_of
from outcross.resources.errors import BadInput
from outcross.resources.gx_suite import Suite
from outcross.resources.seeds import derive_seed
from outcross.resources.sources.locate import SourceFile
from outcross.resources.staging import staging_folder


@names_damage
def ingest(corpus: OpenCorpus, path: Path, request: Request, *, report: Report = lambda _: None) -> Outcome:
    """Ingest one file. No row is lost: a file that cannot be read is stored with the reason, and so is every row.

    Args:
        corpus: the open corpus.
        path: the file, or a folder of image files; its provenance is read from ``NAME.provenance.json`` next to it.
        request: the claims about the rows, and who asks.
        report: called with a word for the current step.

    Raises:
        BadInput: the corpus file names a suite of expectations or a protected set that cannot be used; nothing is read
            then.
    """
    files, settings, suite, protected = corpus.files, corpus.settings, load_suite(corpus), load_protected(corpus)
    with staging_folder() as folder:
        try:
            report("copying")
            packed = pack_pictures(path, corpus.schema, settings.anchor.read_options(), settings.limits, folder)
            refuse_erased(corpus, packed)
            arrival = copy_file(files, packed, settings.limits, named=path)
        except BadInput as error:
            record_uncopied(files, path, str(error), at=request.at)
            return Outcome(status="refused", batch="", file=path.name, reasons=(str(error),))
        try:
            return _Intake(corpus, arrival, request, folder, report, named=path, suite=suite, protected=protected).run()
        except BadInput as error:
            record_refusal(files, arrival, str(error), at=request.at)
            return Outcome(status="refused", batch=arrival.batch, file=arrival.name, reasons=(str(error),))


class _Intake:
    """The ingest of one batch."""

    def __init__(
        self,
        corpus: OpenCorpus,
        arrival: Arrival,
        request: Request,
        folder: Path,
        report: Report,
        *,
        named: Path,
        suite: Suite | None,
        protected: Protected | None,
    ) -> None:
        self._corpus, self._arrival, self._request = corpus, arrival, request
        self._named, self._suite, self._protected = named, suite, protected
        self._folder, self._report = folder, report
        self._files = BatchFiles(corpus, arrival, folder)
        self._outcome: Outcome | None = None

    def run(self) -> Outcome:
        extend(self._corpus.files, self._next)
        assert self._outcome is not None
        return self._outcome

    def _next(self, last: Version | None) -> Version | None:
        """Build the version that records the batch, on top of the last; None where a version records it already."""
        assert last is not None, "a corpus starts with its anchor"
        self._corpus = with_changes(self._corpus, last, by=self._request.by, at=self._request.at)
        intake = find_intake(self._corpus, self._arrival.batch)
        again, waiting = None, None
        if intake is not None:
            again, waiting = self._find_waiting(intake, last)
            if again is None:
                return None
        staged = self._stage(last, only=waiting)
        self._report("checking")
        bound = read_bound(self._corpus.settings, self._corpus.store)
        arrived = count_rows(staged.admissible)
        after = add_counts(last.counts, arrived)
        gathered = gather(self._corpus, last)
        groups = () if gathered is None else gathered.cells.groups
        share = estimate_batch(staged.compared, self._corpus, last, seed=self._seed, groups=groups, marks=staged.marks)
        batch = self._arrival.batch
        judged = staged if again is None else with_admitted(self._corpus, last, staged, batch, self._folder)
        expectations = self._expect(judged)
        watched = accumulate(self._corpus, staged.compared, last, batch_id=self._arrival.batch, at=self._request.at)
        accumulated = None if gathered is None else self._accumulate(gathered, share, bound)
        evidence = None if accumulated is None else accumulated.after(self._corpus.settings.guard_settings())
        admission = Admission(last, after, bound, accumulated, evidence)
        results = (
            *check_batch(self._corpus, judged, admission, share, protected=self._protected),
            *(() if self._protected is None else compare_admitted(self._corpus, last, self._protected)),
            *watched.results,
            *([] if expectations.own is None else to_results(expectations.own, blocking=self._blocks(EXPECTATIONS))),
        )
        reasons = [*self._contradictions(staged.rows if intake is None else intake.rows_in)]
        reasons += [f"{each.guard}: {each.why}" for each in results if each.blocking and not each.passed]
        self._report("writing")
        if intake is not None and (reasons or not staged.rows_admissible):
            held: Status = "partly admitted" if intake.rows_admitted else "held"
            self._outcome = outcome_of(self._arrival, replace(intake, guards=results), held, tuple(reasons))
            return None
        version = self._version(
            last, staged, bound, () if reasons else arrived, blocked=bool(reasons), again=bool(again)
        )
        quarantine = None
        if intake is None:
            quarantine = self._files.write_quarantine(staged, reasons, share, version.rows_quarantined)
        if not version.rows_admitted:
            evidence = None if gathered is None else gathered.evidence
        estimated = estimate_corpus_share(
            last, version.counts, share if version.rows_admitted else None, evidence=evidence
        )
        remembered = watched.evidence if version.rows_admitted else last.accumulated  # rows that are held do not count
        version = replace(version, guards=results, estimated=estimated, held=quarantine, accumulated=remembered)
        version = replace(version, evidence=evidence, recent=estimate_recent(evidence))
        if not again:
            kept = (
                *name_files(self._corpus.files, [keep(self._corpus, expectations)]),
                *self._files.keep_marks(staged.marks),
            )
            version = replace(version, files=(*version.files, *kept))
        status: Status = "held" if not version.rows_admitted else "admitted"
        if version.rows_admitted and version.rows_quarantined:
            status = "partly admitted"
        cause = find_common_cause(staged.quarantine, rows=staged.rows)
        self._outcome = replace(outcome_of(self._arrival, version, status, tuple(reasons)), cause=cause)
        return version if again is None else self._as_release(version, staged, again)

    def _find_waiting(self, intake: Version, last: Version) -> tuple[str | None, pl.Series | None]:
        """Say why rows of a batch that the ledger has are judged again, and which; None where none is."""
        if (gone := withdrawal_of(last, self._arrival.batch)) is not None:
            self._outcome = tell_withdrawn(self._arrival, gone)
            return None, None
        claims = merge_claims(self._arrival.sidecar, self._request.claims)
        waiting = read_waiting(self._corpus, last, intake)
        again = why_again(intake, self._corpus, claims, waiting=waiting)
        if again is None:
            self._outcome = tell_known(self._corpus, self._arrival, intake, last, claims)
        return again, waiting

    def _as_release(self, version: Version, staged: StagedBatch, why: str) -> Version:
        """Turn the intake of rows that were held before into a release of those that pass now."""
        decided = store_decided(self._corpus, staged.admissible, self._arrival.batch, version.number, self._folder)
        return replace(
            version,
            action="release",
            reason=f"{version.reason} sent again: {why}",
            rows_in=version.rows_admitted,
            rows_quarantined=0,
            decided=(*version.decided, decided),
        )

    def _stage(self, last: Version, *, only: pl.Series | None) -> StagedBatch:
        self._report("reading")
        original = self._folder / Path(self._arrival.original).name
        if not original.exists():
            self._corpus.files.fetch(self._arrival.original, original)
        settings = self._corpus.settings.guard_settings()
        enforced = {name for name in _ROW_LEVEL if blocks(name, settings)} | {_CONTRADICTION}
        return stage(
            SourceFile(self._arrival.name, original),
            self._corpus,
            merge_claims(self._arrival.sidecar, self._request.claims),
            admitted=scan_contents(self._corpus, last),
            last=last,
            folder=self._folder,
            guards=enforced,
            observers=_ROW_LEVEL - enforced,
            protected=self._protected,
            marks=find_file_marks(self._named, self._arrival.sidecar, self._request.claims),
            only=only,
        )

    def _expect(self, staged: StagedBatch) -> BatchResults:
        rows, batch = staged.scan_read(self._corpus.schema), self._arrival.batch
        return validate_batch(
            self._corpus, rows, self._suite, batch=batch, file=self._arrival.name, at=self._request.at
        )

    def _blocks(self, guard: str) -> bool:
        return blocks(guard, self._corpus.settings.guard_settings())

    @property
    def _seed(self) -> int:
        return derive_seed("undeclared", self._corpus.settings.seed, self._arrival.batch)

    def _accumulate(self, gathered: Gathered, share: BatchShare, bound: Bound) -> Accumulated:
        return Accumulated(
            before=gathered.evidence,
            real=gathered.tally(share.real),
            others=gathered.tally(share.others),
            batch=self._arrival.batch,
            at=self._request.at,
            bound=bound.share,
        )

    def _contradictions(self, rows: int) -> list[str]:
        sidecar = self._arrival.sidecar
        if sidecar is None:
            return []
        found = sidecar.claims.contradictions(rows=rows, size=self._arrival.size, sha256=self._arrival.sha256)
        return [f"provenance: {contradiction}" for contradiction in found]

    def _version(
        self,
        last: Version,
        staged: StagedBatch,
        bound: Bound,
        arrived: tuple[Count, ...],
        *,
        blocked: bool,
        again: bool,
    ) -> Version:
        admitted, parts = 0 if blocked else staged.rows_admissible, last.parts
        counts = add_counts(last.counts, arrived)
        if admitted:
            typed = write_typed(staged.admissible, self._corpus.stored, to=self._folder / "admitted.parquet")
            name = f"{AGAIN}-{last.number + 1}" if again else "admitted"
            parts = (*parts, self._files.store(name, typed, admitted, synthetic=count_synthetic(arrived)))
        return next_version(
            last,
            "ingest",
            reason=f"file {self._arrival.name}",
            by=self._request.by,
            at=self._request.at,
            batch=self._arrival.batch,
            rows_in=staged.rows,
            rows_admitted=admitted,
            rows_quarantined=staged.rows - admitted,
            parts=parts,
            counts=counts,
            declared_share=totals(counts).share,
            bound=bound.share,
            bound_from=bound.source,
            files=self._files.name(self._request.claims),
            accepted=self._corpus.accepted,
        )


_CONTRADICTION = "provenance"
"""Rows whose provenance contradicts itself are held in any mode: the ledger cannot count them."""
_ROW_LEVEL = {name for name, guard in GUARDS.items() if guard.level is Level.ROW} | {"licence", _CONTRADICTION}
