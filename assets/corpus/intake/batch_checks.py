"""The guards that check a batch as a whole, and the corpus as it would be after admission."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import floor

from outcross.assets.corpus.bound_in_rows import not_real, real_rows_needed, rows_to_leave_out
from outcross.assets.corpus.entities import GUARD as ENTITY_GUARD
from outcross.assets.corpus.guards.blind import find_blind
from outcross.assets.corpus.guards.bounds import GuardSetting, apply_bounds, blocks, explain
from outcross.assets.corpus.guards.group_alarms import spare_groups
from outcross.assets.corpus.guards.guards import GUARDS, PICTURE_GUARDS, TEXT_GUARDS
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.guards.measures.texts import FEWEST_ROWS
from outcross.assets.corpus.guards.vitals import compute_readings, scan_batch
from outcross.assets.corpus.intake.column_causes import find_causes
from outcross.assets.corpus.intake.near_last_batches import compare_with_last
from outcross.assets.corpus.intake.row_findings import to_results
from outcross.assets.corpus.intake.row_sets import NEAR
from outcross.assets.corpus.intake.staged_batch import StagedBatch
from outcross.assets.corpus.ledger.guard_result import ESTIMATE, NOT_LOOKED_INTO, TOO_FEW, GuardResult
from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.ledger.share_evidence import ShareEvidence
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.marks.results import to_results as marks_to_results
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.protected.copies import GUARD as PROTECTED
from outcross.assets.corpus.protected.copies import Protected
from outcross.assets.corpus.protected.results import held_for
from outcross.assets.corpus.share_bound import ESTIMATED, SHARE, Bound, estimated_vitals, share_vital
from outcross.assets.corpus.undeclared.batch_share import GUARD as UNDECLARED
from outcross.assets.corpus.undeclared.batch_share import BatchShare
from outcross.assets.corpus.undeclared.corpus_share import estimate_corpus_share
from outcross.assets.corpus.undeclared.pooled.accumulated_guards import ACCUMULATED, RECENT, Accumulated
from outcross.resources.counted import counted
from outcross.resources.guard_engine import Vital, validate, vitals_frame

ROWS, SCHEMA = "rows", "schema"
PERSONAL = "personal_data"
UNSEEN = "what a picture shows is not looked into: faces, number plates and writing go unnoticed"


@dataclass(frozen=True)
class Admission:
    """The corpus that a batch would be admitted to.

    Attributes:
        last: its last version.
        after: counts of its rows after admission.
        bound: of its synthetic share.
        accumulated: the batch beside those before it; None where no generator is known.
        evidence: of the corpus after admission, likewise.
    """

    last: Version
    after: Sequence[Count]
    bound: Bound
    accumulated: Accumulated | None = None
    evidence: ShareEvidence | None = None

    def vitals(self, staged: StagedBatch, share: BatchShare) -> Iterator[Vital]:
        """Yield the synthetic share after admission, declared and estimated."""
        yield share_vital(self.after, self.bound, before=self.last.counts)
        found = None
        if staged.rows_admissible:
            found = estimate_corpus_share(self.last, self.after, share, evidence=self.evidence)
        yield from estimated_vitals(found, self.bound, before=self.last.estimated)


def check_batch(
    corpus: OpenCorpus,
    staged: StagedBatch,
    admission: Admission,
    share: BatchShare,
    *,
    protected: Protected | None = None,
) -> tuple[GuardResult, ...]:
    """Measure a batch, and compare the numbers with the guards' bounds; guards abstain for groups, aloud.

    Args:
        corpus: the open corpus.
        staged: the batch; only the rows that pass every row-level guard are measured.
        admission: the corpus before and after, and its bound.
        share: the estimated synthetic share of the batch.
        protected: the protected sets of the corpus, if it has any.
    """
    settings = corpus.settings.guard_settings()
    batch = scan_batch(
        [staged.compared],
        corpus.profile,
        corpus.rows.select(corpus.schema.names),
        licences=corpus.settings.licences or None,
        seed=corpus.settings.seed,
        text_profile=corpus.texts if corpus.has_texts else None,
        picture_profile=corpus.pictures if corpus.has_pictures else None,
        anchor_texts=corpus.anchor_texts if corpus.has_texts else None,
    )
    found, abstentions = spare_groups(list(compute_readings(batch)), batch, corpus.holdout, settings)
    if (undeclared := share.reading()) is not None:
        found.append(undeclared)
    accumulated = admission.accumulated
    vitals = [*apply_bounds(found, settings), *admission.vitals(staged, share)]
    vitals += accumulated.vitals(settings) if accumulated is not None else ()
    passed = validate(vitals_frame(vitals))["passed"].to_list()
    results = [
        GuardResult.of_vital(
            vital,
            passed=kept,
            blocking=vital.metric != ESTIMATE and blocks(vital.check, settings),
            why=_why(vital, kept, staged, admission, share),
        )
        for vital, kept in zip(vitals, passed, strict=True)
    ]
    causes = [*find_causes(corpus, staged, results), *compare_with_last(corpus, staged, admission.last, results)]
    left_out = (_not_looked_into(SCHEMA, why) for why in staged.left_out)
    told = {each.guard for each in found} | {each.guard for each in abstentions}
    unmeasured = _unmeasured(told, corpus) if staged.rows_admissible else ()
    spared = (_not_looked_into(each.guard, each.why) for each in abstentions)
    unseen = [_not_looked_into(UNDECLARED, doubt) for doubt in [share.describe_doubt()] if doubt]
    if accumulated is not None and accumulated.doubt:
        unseen.append(_not_looked_into(ACCUMULATED, accumulated.doubt))
    blind = _too_few(found, staged.rows_admissible, settings)
    of_marks = marks_to_results(staged.marks, rows=staged.rows, has_pictures=corpus.has_pictures)
    of_sets = (*_of_sets(staged, protected), *of_marks)
    return (*results, *causes, *unseen, *_of_rows(staged), *of_sets, *left_out, *spared, *unmeasured, *blind)


def list_not_looked_into(results: Iterable[GuardResult]) -> list[str]:
    """List what no guard looked into, with the reason; of earlier versions too, whose results say that they passed."""
    whose: dict[str, list[str]] = {}
    for each in results:
        if each.why and (each.passed or each.metric == NOT_LOOKED_INTO):
            whose.setdefault(each.why, []).append(each.guard)
    return [f"{', '.join(guards)}: {why}" for why, guards in whose.items()]


def _why(vital: Vital, passed: bool, staged: StagedBatch, admission: Admission, share: BatchShare) -> str:
    """Explain why a vital fails its bounds; empty where it is within them."""
    if passed:
        return ""
    if vital.check == ROWS and staged.rows:
        return f"each of its {staged.rows:,} rows is quarantined for reasons of its own, so no row can be admitted"
    if vital.check in {ACCUMULATED, RECENT} and admission.accumulated is not None:
        return admission.accumulated.explain(vital)
    if vital.check in {SHARE, ESTIMATED}:
        return _why_share(vital, admission)
    if vital.check == UNDECLARED:
        return f"{explain(vital)}; {share.describe_real()}"
    return explain(vital)


def _why_share(vital: Vital, admission: Admission) -> str:
    bound = admission.bound
    if vital.check == SHARE:
        return (
            f"{vital.value:.1%} of the corpus would not be real, and at most {bound.share:.1%} is allowed "
            f"({bound.source}); {_ways_within(admission)}"
        )
    which = "an estimated" if vital.metric == ESTIMATE else "with 97.5 % confidence at least"
    return (
        f"{which} {vital.value:.1%} of the corpus would be synthetic, whatever its rows declare, and at most "
        f"{bound.share:.1%} is allowed ({bound.source}); {GUARDS[ESTIMATED].remedy}"
    )


def _ways_within(admission: Admission) -> str:
    """Say how many more real rows, or how many fewer synthetic ones, a corpus needs to take a batch."""
    last, bound = admission.last, admission.bound.share
    synthetic, rows = not_real(admission.after), sum(count.rows for count in admission.after)
    needed, fewer = real_rows_needed(synthetic, rows, bound), rows_to_leave_out(synthetic, rows, bound)
    ways = [] if needed is None else [f"add {counted(needed, 'real row')} first"]
    if fewer <= (had := not_real(last.counts)):
        share = floor((had - fewer) / (last.rows - fewer) * 10_000) / 10_000
        ways.append(f"leave out {counted(fewer, 'synthetic one')}: outcross trim {last.corpus} --share {share:g}")
    return ", or ".join(ways) or "no number of real rows makes room for it: reject it, or raise the bound"


def _of_rows(staged: StagedBatch) -> Iterator[GuardResult]:
    """Report what guards of rows found, the share quarantined as near copies, and what they could not look into.

    These guards are row-level, so they block no batch.
    """
    if staged.rows_near is not None:
        vital = Vital(NEAR, "held_share", "", staged.rows_near / max(staged.rows, 1))
        yield GuardResult.of_vital(vital, passed=True, blocking=False, why="")
    yield from to_results(staged.held, staged.observed)
    for why in staged.abstained:
        yield _not_looked_into(NEAR, why)
    for why in staged.unknown_entities:
        yield _not_looked_into(ENTITY_GUARD, why)


def _of_sets(staged: StagedBatch, protected: Protected | None) -> Iterator[GuardResult]:
    """Report how many rows protected sets hold, and what was not compared with them."""
    if protected is not None:
        yield from held_for(staged.copies, protected)
        for why in protected.abstained:
            yield _not_looked_into(PROTECTED, why)


def _unmeasured(told: Collection[str], corpus: OpenCorpus) -> Iterator[GuardResult]:
    """Report the guards of texts and of pictures that had too few rows, and what no guard of pictures looks into.

    Args:
        told: guards that have a reading, or that abstained.
        corpus: the open corpus.
    """
    kinds = ((corpus.has_texts, TEXT_GUARDS, "texts"), (corpus.has_pictures, PICTURE_GUARDS, "pictures"))
    for guard, what in ((guard, what) for there, guards, what in kinds if there for guard in guards):
        if guard not in told:
            yield _not_looked_into(guard, f"fewer than {FEWEST_ROWS} of its rows are {what} that it is for")
    if corpus.has_pictures:
        yield _not_looked_into(PERSONAL, UNSEEN)


def _too_few(readings: Sequence[Reading], rows: int, settings: Mapping[str, GuardSetting]) -> Iterator[GuardResult]:
    """Report the guards that a batch is too small for; the bounds are the nearest that it could pass."""
    for each in find_blind(readings, settings):
        yield GuardResult(
            guard=each.guard,
            metric=TOO_FEW,
            group="",
            value=each.blind,
            lower=None if each.fall is None else each.fall.lower,
            upper=None if each.rise is None else each.rise.upper,
            passed=False,
            blocking=False,
            why=each.describe(rows),
        )


def _not_looked_into(guard: str, why: str) -> GuardResult:
    """Report what a guard could not look into; that is neither passed, nor a reason against the batch."""
    return GuardResult(
        guard=guard,
        metric=NOT_LOOKED_INTO,
        group="",
        value=None,
        lower=None,
        upper=None,
        passed=False,
        blocking=False,
        why=why,
    )
