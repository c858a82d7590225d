"""A row of the benchmark: its work, its peer, its targets and its measurements."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from outcross.jobs.bench.ratios import Turn, median_value, peak

if TYPE_CHECKING:
    from outcross.jobs.bench.bench import Bench


@dataclass(frozen=True)
class Criterion:
    """One measured quantity, its target, and whether the target is met.

    Attributes:
        what: name of the quantity, such as ``times faster``.
        target: the target as text, such as ``≥ 10``; empty where there is none.
        measured: the measured value.
        met: whether the value meets the target; None where there is no target.
    """

    what: str
    target: str
    measured: float
    met: bool | None

    @classmethod
    def at_least(cls, what: str, measured: float, bound: float) -> "Criterion":
        """Return a criterion that is met from the bound upwards."""
        return cls(what, f"≥ {bound:g}", measured, measured >= bound)

    @classmethod
    def at_most(cls, what: str, measured: float, bound: float) -> "Criterion":
        """Return a criterion that is met up to the bound."""
        return cls(what, f"≤ {bound:g}", measured, measured <= bound)


@dataclass(frozen=True, kw_only=True)
class Side:
    """Medians of one program over its turns.

    Attributes:
        name: name of the program.
        seconds: seconds of the work.
        wall: seconds of the process.
        cpu: CPU seconds of the process.
        peak_mb: peak memory of the process, 10⁶ bytes.
        values: name → value that the program or a judge computed.
    """

    name: str
    seconds: float
    wall: float
    cpu: float
    peak_mb: float
    values: dict[str, float] = field(default_factory=dict)

    @classmethod
    def of(cls, turns: Sequence[Turn], place: int, name: str, values: dict[str, float] | None = None) -> "Side":
        """Summarise the program at position ``place`` of every turn."""
        return cls(
            name=name,
            seconds=median_value(turns, place),
            wall=median_value(turns, place, lambda run: run.wall),
            cpu=median_value(turns, place, lambda run: run.cpu),
            peak_mb=median_value(turns, place, peak),
            values=values or {},
        )


@dataclass(frozen=True)
class Finding:
    """Measurements of one row.

    Attributes:
        criteria: measured quantities and their targets.
        sides: medians of each program.
        notes: remarks on the values, for the page.
        failure: the error, if the measurement failed; empty otherwise.
    """

    criteria: list[Criterion]
    sides: list[Side]
    notes: list[str] = field(default_factory=list)
    failure: str = ""

    @property
    def met(self) -> bool:
        """Whether the measurement succeeded and no target is missed."""
        return not self.failure and all(each.met is not False for each in self.criteria)


@dataclass(frozen=True, kw_only=True)
class Row:
    """Description of one row of the benchmark.

    Attributes:
        name: name on the command line.
        work: the work in one line.
        peer: the program compared with, in one line.
        about: exact description of the measurement, for the page.
        measure: runs the programs and returns the measurements.
        peers: whether one of its programs runs in the peers' environment.
    """

    name: str
    work: str
    peer: str
    about: str
    measure: "Callable[[Bench], Finding]"
    peers: bool
