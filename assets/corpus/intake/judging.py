"""What the guards say of a batch as a whole, and of the corpus as it would be with it."""

from collections.abc import Iterator, Sequence

from outcross.assets.corpus.guards.bounds import blocks, explain, hold
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.guards.vitals import measure_batch
from outcross.assets.corpus.intake.near_copies import GUARD as NEAR
from outcross.assets.corpus.intake.staging import Staged
from outcross.assets.corpus.ledger.ledger import Count, GuardResult
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.share_bound import SHARE, BoundNow, share_vital
from outcross.assets.corpus.undeclared.vital import GUARD as UNDECLARED
from outcross.assets.corpus.undeclared.vital import BatchShare
from outcross.resources.guard_engine import Vital, validate, vitals_frame

ROWS = "rows"


def judge(
    anchored: Anchored, staged: Staged, after: Sequence[Count], bound: BoundNow, share: BatchShare
) -> tuple[GuardResult, ...]:
    """Measure a batch, and hold the numbers to the guards' bounds.

    Args:
        anchored: the corpus.
        staged: the batch; those of its rows are measured that no row-level guard holds back.
        after: the rows of the corpus with them.
        bound: of its synthetic share.
        share: what of the batch is synthetic, as estimated.
    """
    settings = anchored.corpus.settings()
    found = measure_batch(
        [staged.fit],
        anchored.profile,
        anchored.rows.select(anchored.schema.names),
        licences=anchored.corpus.licences or None,
        seed=anchored.corpus.seed,
    )
    if (undeclared := share.reading()) is not None:
        found.append(undeclared)
    vitals = [*hold(found, settings), share_vital(after, bound)]
    passed = validate(vitals_frame(vitals))["passed"].to_list()
    results = [
        _result(vital, passed=kept, blocking=blocks(vital.check, settings), why=_why(vital, kept, staged, bound, share))
        for vital, kept in zip(vitals, passed, strict=True)
    ]
    return (*results, *_near(staged))


def _why(vital: Vital, passed: bool, staged: Staged, bound: BoundNow, share: BatchShare) -> str:
    """What is wrong with a vital, or why nothing can be said of it."""
    if passed:
        return share.said() if vital.check == UNDECLARED else ""
    if vital.check == ROWS and staged.rows:
        return f"none of its {staged.rows:,} rows is left: each is held back for reasons of its own"
    if vital.check == SHARE:
        return (
            f"{vital.value:.1%} of the corpus would not be real, allowed is {bound.share:.1%} ({bound.source}); "
            + GUARDS[SHARE].remedy
        )
    if vital.check == UNDECLARED:
        return f"{explain(vital)}; {share.told()}"
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


def _near(staged: Staged) -> Iterator[GuardResult]:
    """What share of the rows was held back for being nearly others; of a row-level guard, so it stops no batch."""
    if staged.rows_near is not None:
        vital = Vital(NEAR, "held_share", "", staged.rows_near / max(staged.rows, 1))
        yield _result(vital, passed=True, blocking=False, why="; ".join(staged.abstained))
