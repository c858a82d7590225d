"""What a guard found in a batch or in a corpus: one number, its bounds, and whether it is within them."""

from dataclasses import dataclass
from typing import Self

from outcross.assets.corpus.guards.catalogue.accumulated import ACCUMULATED
from outcross.assets.corpus.ledger.records import STRICT
from outcross.resources.guard_engine import Vital

NOT_LOOKED_INTO = "not_looked_into"
"""Metric of a result that says what a guard could not look into."""
TOO_FEW = "too_few_rows"
"""Metric of a result that says which guard a batch is too small for: how many readings, and what it could see."""
ESTIMATE = "estimate"
"""Metric of a result that only warns: the corpus's estimated synthetic share."""
CAUSE = "cause"
"""Metric of a result that explains what a guard found in a column."""
ROWS_HELD = "rows_held"
"""Metric of a result that counts the rows that a row-level guard holds."""
ROWS_OBSERVED = "rows_observed"
"""Metric of a result that counts the rows that a row-level guard would hold, and only observes."""
ADMITTED_BEFORE = "admitted_before"
"""Metric of a result that only warns: rows that are copies of a protected set, and were in before it was named."""
ROWS_OF_SET = "rows_of_set"
"""Metric of a result that counts the rows of a batch that are copies of a protected set, ``NAME@DIGEST``."""
MARKED = "marked"
"""Metric of a result that counts the rows of a batch that somebody has marked; the group is the mark."""
_TOLD = frozenset({ADMITTED_BEFORE, CAUSE, ESTIMATE, ROWS_HELD})
"""Metrics of results that hold nothing whatever the guard's mode is."""


@dataclass(frozen=True, kw_only=True)
class GuardResult:
    """One number that a guard checks, its bounds (None: open on that side), and whether it is within them.

    A value that could not be computed is None; in JSON a number that is not finite is null.
    """

    __pydantic_config__ = STRICT
    guard: str
    metric: str
    group: str
    value: float | None
    lower: float | None
    upper: float | None
    passed: bool
    blocking: bool
    why: str

    @classmethod
    def of_vital(cls, vital: Vital, *, passed: bool, blocking: bool, why: str) -> Self:
        """Return the result of a measured number."""
        return cls(
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

    @property
    def abstained(self) -> bool:
        """Whether the guard could not look into something: that is neither passed, nor out of its bounds."""
        return self.metric in (NOT_LOOKED_INTO, TOO_FEW)

    @property
    def observed(self) -> bool:
        """Whether the guard only observes, and would have held rows or the batch."""
        told = self.metric in _TOLD or self.guard in ACCUMULATED
        return not (self.passed or self.blocking or self.abstained or told)

    @property
    def warned(self) -> bool:
        """Whether the guard warns about the corpus, and holds nothing."""
        accumulated = self.guard in ACCUMULATED and not (self.blocking or self.abstained)
        return not self.passed and (accumulated or self.metric in (ADMITTED_BEFORE, ESTIMATE))
