"""Guards whose bounds chance widens so far that nothing could fail them: a small batch shows them too little."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from outcross.assets.corpus.guards.bounds import WITHOUT_BOUNDS, GuardSetting, apply_bounds, bounds
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.resources.guard_engine import Vital


@dataclass(frozen=True, kw_only=True)
class Blind:
    """A guard that some readings cannot fail, and the smallest changes that it could see.

    Attributes:
        guard: its name.
        readings: of the batch.
        blind: number of these that no fall, or no rise, could take past their bound.
        fall: the reading whose lower bound is the nearest that could be passed, if any could.
        rise: the same of upper bounds.
    """

    guard: str
    readings: int
    blind: int
    fall: Vital | None
    rise: Vital | None

    @property
    def smallest(self) -> str:
        """The smallest changes that the guard could see, in words."""
        seen = [
            f"a {what} of '{vital.group or vital.metric}' to {value:.3g}"
            for what, vital in (("fall", self.fall), ("rise", self.rise))
            if vital is not None and (value := vital.lower if what == "fall" else vital.upper) is not None
        ]
        return " or ".join(seen) or "none, however large"

    def describe(self, rows: int) -> str:
        """Describe what the guard could not see in a batch of so many rows."""
        return (
            f"{rows:,} rows are too few: {self.blind} of its {self.readings} readings could not fail; the smallest "
            f"change that it could see is {self.smallest}"
        )


def find_blind(readings: Sequence[Reading], settings: Mapping[str, GuardSetting]) -> Iterator[Blind]:
    """Find the guards that the number of rows, and nothing else, keeps from failing.

    A bound that is beyond what is possible by itself, such as a fall of 5 % of nulls where there are none, is no matter
    of rows.
    """
    for guard in dict.fromkeys(reading.guard for reading in readings if reading.guard not in WITHOUT_BOUNDS):
        own = [reading for reading in readings if reading.guard == guard]
        vitals, (lower, upper) = apply_bounds(own, settings), bounds(guard, settings)
        falls, rises, blind = list[Vital](), list[Vital](), 0
        for reading, vital in zip(own, vitals, strict=True):
            sides = []
            if lower is not None and vital.lower is not None and (reading.least is None or lower > reading.least):
                sides.append(reading.least is not None and vital.lower <= reading.least)
                falls += [] if sides[-1] else [vital]
            if upper is not None and vital.upper is not None and (reading.most is None or upper < reading.most):
                sides.append(reading.most is not None and vital.upper >= reading.most)
                rises += [] if sides[-1] else [vital]
            blind += any(sides)
        if blind:
            fall = max(falls, key=lambda vital: vital.lower or 0.0, default=None)
            rise = min(rises, key=lambda vital: vital.upper or 0.0, default=None)
            yield Blind(guard=guard, readings=len(own), blind=blind, fall=fall, rise=rise)
