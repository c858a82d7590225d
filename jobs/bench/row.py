"""A row of the benchmark: what is measured, against whom, what is aimed at, and what was found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outcross.jobs.bench.ratios import Turn, median_value, peak

if TYPE_CHECKING:
    from outcross.jobs.bench.bench import Bench


@dataclass(frozen=True)
class Criterion:
    """One target and whether it is met.

    Attributes:
        what: is measured, such as ``times faster``.
        target: in words, such as ``≥ 10``.
        measured: the number.
        met: whether it reaches the target; None where there is none.
    """

    what: str
    target: str
    measured: float
    met: bool | None

    @classmethod
    def at_least(cls, what: str, measured: float, bound: float) -> "Criterion":
        """Aim at a bound or more."""
        return cls(what, f"≥ {bound:g}", measured, measured >= bound)

    @classmethod
    def at_most(cls, what: str, measured: float, bound: float) -> "Criterion":
        """Aim at a bound or less."""
        return cls(what, f"≤ {bound:g}", measured, measured <= bound)


@dataclass(frozen=True, kw_only=True)
class Side:
    """Medians of one program over its turns.

    Attributes:
        name: of the program.
        seconds: of the work.
        wall: seconds of the process.
        cpu: processor seconds of the process.
        peak_mb: of the process.
        values: name → number it computed, or that a judge gave it.
    """

    name: str
    seconds: float
    wall: float
    cpu: float
    peak_mb: float
    values: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, turns: Sequence[Turn], place: int, name: str, values: dict[str, float] | None = None) -> "Side":
        """Summarise the program at a place of each turn."""
        return cls(
            name=name,
            seconds=median_value(turns, place),
            wall=median_value(turns, place, lambda ran: ran.wall),
            cpu=median_value(turns, place, lambda ran: ran.cpu),
            peak_mb=median_value(turns, place, peak),
            values=values or {},
        )


@dataclass(frozen=True)
class Finding:
    """What measuring a row gave.

    Attributes:
        criteria: each target with what was measured.
        sides: the programs.
        notes: how the values compare, sentence by sentence.
        failure: why it could not be measured; empty where it could.
    """

    criteria: list[Criterion]
    sides: list[Side]
    notes: list[str] = field(default_factory=list)
    failure: str = ""

    @property
    def met(self) -> bool:
        """Whether it was measured and no target is missed."""
        return not self.failure and all(each.met is not False for each in self.criteria)


@dataclass(frozen=True, kw_only=True)
class Row:
    """What to measure.

    Attributes:
        name: on the command line.
        work: what is done, in a line.
        peer: who else does it, in a line.
        about: what exactly is measured, for the page.
        measure: runs the programs.
        peers: whether a program of it runs in the peers' environment.
    """

    name: str
    work: str
    peer: str
    about: str
    measure: "Callable[[Bench], Finding]"
    peers: bool
