"""One lasting change of the world that a corpus takes as normal, as the ledger records it."""

from dataclasses import dataclass
from typing import Literal

from pydantic import ConfigDict

_STRICT = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False)
ChangeKind = Literal["level", "range", "unit", "absent"]
From = Literal["command", "corpus file"]


@dataclass(frozen=True, kw_only=True)
class AcceptedChange:
    """A change that was accepted, with who did, when and why.

    Attributes:
        kind: ``level``: a value that the anchor lacks; ``range``: numbers beyond the anchor's; ``unit``: a factor;
            ``absent``: files may lack the column.
        column: its name in the anchor's file.
        level: the value, of a level.
        low, high: ends of a range.
        factor: by which numbers are larger than the anchor's, of a unit. They are divided by it as they are read.
        reason: for the ledger.
        by, at: who accepted it, and when, in ISO 8601.
        source: whether a command or the corpus file accepts it.
    """

    __pydantic_config__ = _STRICT
    kind: ChangeKind
    column: str
    level: str | None = None
    low: float | None = None
    high: float | None = None
    factor: float | None = None
    reason: str
    by: str
    at: str
    source: From

    @property
    def key(self) -> tuple[object, ...]:
        """What is accepted, without who, when and why."""
        return self.kind, self.column, self.level, self.low, self.high, self.factor

    def describe(self) -> str:
        """Describe it in a few words: ``level work-class=Gig-work``."""
        values = {
            "level": f"={self.level}",
            "range": f"={_number(self.low)}..{_number(self.high)}",
            "unit": f"={_number(self.factor)}",
            "absent": "",
        }
        return f"{self.kind} {self.column}{values[self.kind]}"


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
