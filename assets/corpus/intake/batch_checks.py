"""The guards that check a batch as a whole, and the corpus as it would be after admission."""

from collections.abc import Iterator, Sequence

from outcross.assets.corpus.guards.bounds import apply_bounds, blocks, explain
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.guards.vitals import measure_batch
from outcross.assets.corpus.intake.near_copies import GUARD as NEAR
from outcross.assets.corpus.intake.staging import StagedBatch
from outcross.assets.corpus.ledger.ledger import Count, GuardResult
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.share_bound import SHARE, Bound, share_vital
from outcross.assets.corpus.undeclared.batch_share import GUARD as UNDECLARED
from outcross.assets.corpus.undeclared.batch_share import BatchShare
from outcross.resources.guard_engine import Vital, validate, vitals_frame

ROWS = "rows"


def check_batch(
    corpus: OpenCorpus, staged: StagedBatch, after: Sequence[Count], bound: Bound, share: BatchShare
) -> tuple[GuardResult, ...]:
    """Measure a batch, and compare the numbers with the guards' bounds.

    Args:
        corpus: the open corpus.
        staged: the batch; only the rows that pass every row-level guard are measured.
        after: counts of the corpus's rows after admission.
        bound: of the corpus's synthetic share.
        share: the estimated synthetic share of the batch.
    """
    settings = corpus.settings.guard_settings()
    found = measure_batch(
        [staged.admissible],
        corpus.profile,
        corpus.rows.select(corpus.schema.names),
        licences=corpus.settings.licences or None,
        seed=corpus.settings.seed,
    )
    if (undeclared := share.reading()) is not None:
        found.append(undeclared)
    vitals = [*apply_bounds(found, settings), share_vital(after, bound)]
    passed = validate(vitals_frame(vitals))["passed"].to_list()
    results = [
        _result(vital, passed=kept, blocking=blocks(vital.check, settings), why=_why(vital, kept, staged, bound, share))
        for vital, kept in zip(vitals, passed, strict=True)
    ]
    return (*results, *_near(staged))


def _why(vital: Vital, passed: bool, staged: StagedBatch, bound: Bound, share: BatchShare) -> str:
    """Explain why a vital fails its bounds, or why the share of undeclared rows is not known."""
    if passed:
        return share.describe_doubt() if vital.check == UNDECLARED else ""
    if vital.check == ROWS and staged.rows:
        return f"each of its {staged.rows:,} rows is quarantined for reasons of its own, so no row can be admitted"
    if vital.check == SHARE:
        return (
            f"{vital.value:.1%} of the corpus would not be real, and at most {bound.share:.1%} is allowed "
            f"({bound.source}); {GUARDS[SHARE].remedy}"
        )
    if vital.check == UNDECLARED:
        return f"{explain(vital)}; {share.describe_real()}"
    return explain(vital)


def _result(vital: Vital, *, passed: bool, blocking: bool, why: str) -> GuardResult:
    return GuardResult(
        guard=vital.check,
        metric=vital.metric,
        group=vital.group,
        value=vital.value,
        lower=vital.lower,
        upper=vital.upper,
        passed=passed,
        blocking=blocking,
        why=why,
    )


def _near(staged: StagedBatch) -> Iterator[GuardResult]:
    """Report the share of rows quarantined as near copies. The guard is row-level, so it blocks no batch."""
    if staged.rows_near is not None:
        vital = Vital(NEAR, "held_share", "", staged.rows_near / max(staged.rows, 1))
        yield _result(vital, passed=True, blocking=False, why="; ".join(staged.abstained))
