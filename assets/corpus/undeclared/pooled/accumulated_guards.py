"""The guards that accumulate: known generators whose rows keep coming, and the share of the last batches."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from outcross.assets.corpus.guards.bounds import GuardSetting, bounds
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.assets.corpus.ledger.share_evidence import ShareEvidence, Tally
from outcross.assets.corpus.undeclared.pooled.accumulating import (
    THRESHOLD,
    add_batch,
    alarm_value,
    is_beyond_calibration,
    pool,
    with_batch_risen,
)
from outcross.assets.corpus.undeclared.pooled.pooled_share import PooledShare, estimate_pooled, fits
from outcross.resources.guard_engine import Vital

ACCUMULATED, RECENT = "accumulated_share", "recent_share"


@dataclass(frozen=True, kw_only=True)
class Accumulated:
    """The evidence with a batch whose guards are asked.

    Attributes:
        before: the evidence without it.
        real: its rows declared real.
        others: its other rows that are not declared synthetic.
        batch: its id.
        at: when it came.
        bound: largest synthetic share of the corpus.
    """

    before: ShareEvidence
    real: Tally
    others: Tally
    batch: str
    at: str
    bound: float

    def vitals(self, settings: Mapping[str, GuardSetting]) -> Iterator[Vital]:
        """Yield a cumulative sum a generator, and the lower limit for the last batches; none without rows to judge."""
        if self.doubt or not self.real.rows or not self.before.rises:
            return
        allowed = _threshold(settings)
        for place, rise in enumerate(self._risen.rises):
            value = alarm_value(self._risen, place)
            # What the error of the calibration samples alone may reach is allowed.
            upper = allowed if value <= allowed or is_beyond_calibration(self._risen, place) else value
            yield Vital(ACCUMULATED, "rise", rise.generator, value, None, upper)
        set_by_hand = bounds(RECENT, settings)[1]
        usual = self.bound if set_by_hand is None else set_by_hand
        before = self._estimate(self.before).least if self.before.last else 0.0
        yield Vital(RECENT, RECENT, "", self._estimate(self._risen).least, None, max(usual, before))

    def after(self, settings: Mapping[str, GuardSetting]) -> ShareEvidence:
        """Return the evidence with the batch, where it is admitted."""
        return add_batch(
            self.before,
            batch=self.batch,
            at=self.at,
            real=self.real,
            others=self.others,
            threshold=_threshold(settings),
        )

    @cached_property
    def doubt(self) -> str:
        """Why the batch's rows cannot be judged; empty where they can."""
        if not self.before.rises or fits(self.real, self.before.calibration):
            return ""
        names = ", ".join(rise.generator for rise in self.before.rises)
        return (
            f"no mixture of real rows and rows of {names} fits the rows declared real, so they are not added to those "
            "of earlier batches"
        )

    def explain(self, vital: Vital) -> str:
        """Explain a vital that fails, with the batch since which the share has been rising."""
        remedy = GUARDS[vital.check].remedy
        if vital.check == RECENT:
            found = self._estimate(self._risen)
            rows = pool(self._risen.last, len(self.real.cells)).rows
            return (
                f"of the {rows:,} rows declared real in the last {len(self._risen.last)} batches an estimated "
                f"{found.share:.1%} are synthetic (with 99.9 % confidence at least {vital.value:.1%}), and at most "
                f"{vital.upper:.1%} is allowed; {remedy}"
            )
        rise = next(each for each in self._risen.rises if each.generator == vital.group)
        found = estimate_pooled(rise.since, self.before.calibration)
        since = "in this batch" if rise.batch == self.batch else f"since batch {rise.batch} ({rise.at}), with this one"
        return (
            f"rows of {vital.group} come among the rows declared real {since}: an estimated {found.share:.1%} "
            f"({found.lower:.1%} to {found.upper:.1%}) of {rise.since.rows:,} rows; the cumulative sum is "
            f"{vital.value:.1f}, and clean batches stay below {vital.upper:.3g} in 19 years of 20; {remedy}"
        )

    @cached_property
    def _risen(self) -> ShareEvidence:
        return with_batch_risen(self.before, batch=self.batch, at=self.at, real=self.real)

    def _estimate(self, evidence: ShareEvidence) -> PooledShare:
        return estimate_pooled(pool(evidence.last, len(self.real.cells)), evidence.calibration)


def _threshold(settings: Mapping[str, GuardSetting]) -> float:
    upper = bounds(ACCUMULATED, settings)[1]
    return THRESHOLD if upper is None else upper
