"""The contract of a guard: what it checks, its bounds with their reason, and the remedy when it blocks."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Mode = Literal["enforce", "observe"]
RENEW = "outcross corpus NAME --renew-anchor --dry-run"
"""The command that plans to take admitted real batches into the anchor."""
ACCEPT_LEVEL = "outcross accept-change NAME --level COLUMN=VALUE --reason …"
"""The command that takes a level as normal."""


class Level(StrEnum):
    """Whether a guard quarantines single rows, or the whole batch."""

    ROW = "row"
    BATCH = "batch"


@dataclass(frozen=True, kw_only=True)
class Guard:
    """One guard.

    Attributes:
        name: that a corpus changes it by.
        level: what it blocks: rows or the batch.
        metrics: that it checks, all in one unit.
        unit: of its bounds.
        lower: bound; None where that side is open.
        upper: bound; None where that side is open.
        reason: for these bounds.
        remedy: when it blocks rows or a batch.
        mode: ``enforce`` blocks, ``observe`` warns.
    """

    name: str
    level: Level
    metrics: tuple[str, ...] = ()
    unit: str = ""
    lower: float | None = None
    upper: float | None = None
    reason: str
    remedy: str
    mode: Mode = "enforce"
