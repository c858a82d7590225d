"""What the guards say of a batch as a whole, and of the corpus as it would be with it."""

from collections.abc import Sequence

from assets.intake.anchored import Anchored
from assets.intake.guards import GUARDS
from assets.intake.holding import blocks, explain, hold
from assets.intake.ledger import Count, GuardResult
from assets.intake.share_bound import BoundNow
from assets.intake.staging import Staged
from assets.intake.vitals import measure_batch
from resources.guard_engine import Vital, validate, vitals_frame

SHARE = "synthetic_share"


def judge(anchored: Anchored, staged: Staged, after: Sequence[Count], bound: BoundNow) -> tuple[GuardResult, ...]:
    """Measure a batch, and hold the numbers to the guards' bounds.

    Args:
        anchored: the corpus.
        staged: the batch; those of its rows are measured that no row-level guard holds back.
        after: the rows of the corpus with them.
        bound: of its synthetic share.
    """
    settings = anchored.corpus.settings()
    found = measure_batch(
        [staged.fit],
        anchored.profile,
        anchored.rows.select(anchored.schema.names),
        licences=anchored.corpus.licences or None,
        seed=anchored.corpus.seed,
    )
    vitals = [*hold(found, settings), share_vital(after, bound)]
    passed = validate(vitals_frame(vitals))["passed"].to_list()
    return tuple(
        _result(vital, passed=kept, blocking=blocks(vital.check, settings), bound=bound)
        for vital, kept in zip(vitals, passed, strict=True)
    )


def share_vital(counts: Sequence[Count], bound: BoundNow) -> Vital:
    """The synthetic share of a corpus; what nobody vouches for as real counts as synthetic."""
    rows = sum(count.rows for count in counts)
    doubtful = sum(count.rows for count in counts if count.origin != "real")
    return Vital(SHARE, SHARE, "", doubtful / rows if rows else 0.0, None, bound.share)


def _result(vital: Vital, *, passed: bool, blocking: bool, bound: BoundNow) -> GuardResult:
    if vital.check == SHARE:
        why = f"{vital.value:.1%} of the corpus would not be real, allowed is {bound.share:.1%} ({bound.source}); "
        why += GUARDS[SHARE].remedy
    else:
        why = explain(vital) if not passed else ""
    return GuardResult(
        guard=vital.check,
        metric=vital.metric,
        group=vital.group,
        value=vital.value,
        lower=vital.lower,
        upper=vital.upper,
        passed=passed,
        blocking=blocking,
        why="" if passed else why,
    )
