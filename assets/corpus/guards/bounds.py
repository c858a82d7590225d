"""Compare readings with the guards' bounds.

A corpus changes a guard in its file: ``guards: {drift: {upper: 0.7, mode: observe}}``. A reading passes if it is within
the bound, or within the range that chance allows a clean batch of this size.
"""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Self

from pydantic import Field, model_validator

from outcross.assets.corpus.guards.guard import Mode
from outcross.assets.corpus.guards.guards import GUARDS
from outcross.resources.guard_engine import Vital
from outcross.resources.settings import Settings

if TYPE_CHECKING:
    from outcross.assets.corpus.guards.measures.contract import Reading

WITHOUT_BOUNDS = frozenset({"origins", "drift_interval"})
"""Readings that are recorded and have no bounds."""


ALWAYS_ENFORCED = frozenset({"holdout_overlap", "withdrawn", "protected", "denied_generators"})
"""Guards that no mode turns into observers."""


class GuardSetting(Settings):
    """A corpus's changes to a guard; a field that is not set keeps the guard's default.

    Attributes:
        lower: bound in place of the guard's.
        upper: bound in place of the guard's.
        mode: ``enforce`` holds what fails, ``observe`` warns.
    """

    lower: float | None = Field(default=None, allow_inf_nan=False)
    upper: float | None = Field(default=None, allow_inf_nan=False)
    mode: Mode | None = None

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.lower is not None and self.upper is not None and self.lower > self.upper:
            raise ValueError(f"'lower' {self.lower:g} is above 'upper' {self.upper:g}; swap them")
        return self


def blocks(guard: str, settings: Mapping[str, GuardSetting] | None = None) -> bool:
    """Check whether a guard blocks the rows or batches that fail it; in mode ``observe`` it does not.

    Rows of the holdout and of protected sets are held in any mode: once admitted, they are trained on, and no test can
    be trusted. So are rows that were withdrawn, and rows of denied generators.
    """
    if guard in WITHOUT_BOUNDS:
        return False
    if guard in ALWAYS_ENFORCED:
        return True
    setting = (settings or {}).get(guard)
    return (setting.mode if setting is not None and setting.mode else GUARDS[guard].mode) == "enforce"


def bounds(guard: str, settings: Mapping[str, GuardSetting] | None = None) -> tuple[float | None, float | None]:
    """Return a guard's lower and upper bound: the corpus's where it sets one, else the default."""
    setting, known = (settings or {}).get(guard), GUARDS[guard]
    if setting is None:
        return known.lower, known.upper
    return tuple(  # type: ignore[return-value]
        own if own is not None else default
        for own, default in ((setting.lower, known.lower), (setting.upper, known.upper))
    )


def apply_bounds(readings: "Iterable[Reading]", settings: Mapping[str, GuardSetting] | None = None) -> list[Vital]:
    """Combine each reading with its bounds, widened to the range that chance allows a clean batch of this size."""
    vitals = []
    for reading in readings:
        lower, upper = (None, None) if reading.guard in WITHOUT_BOUNDS else bounds(reading.guard, settings)
        if lower is not None and reading.low is not None:
            lower = min(lower, reading.low)
        if upper is not None and reading.high is not None:
            upper = max(upper, reading.high)
        vitals.append(Vital(reading.guard, reading.metric, reading.group, float(reading.value), lower, upper))
    return vitals


def is_within_bounds(vital: Vital) -> bool:
    """Check whether a value is within its bounds; NaN is not."""
    if vital.lower is None and vital.upper is None:
        return True
    return (vital.lower is None or vital.value >= vital.lower) and (vital.upper is None or vital.value <= vital.upper)


def explain(vital: Vital) -> str:
    """Explain in a sentence why a vital fails, and the remedy."""
    guard = GUARDS[vital.check]
    low, high = (None if each is None else f"{each:.4g}" for each in (vital.lower, vital.upper))
    allowed = f"{low} to {high}" if low and high else f"at least {low}" if low else f"at most {high}"
    of = f" of {vital.group}" if vital.group else ""
    unit = f" ({guard.unit})" if guard.unit else ""
    return f"{vital.metric}{of} is {vital.value:.4g}{unit}, allowed is {allowed}: {guard.reason}; {guard.remedy}"
