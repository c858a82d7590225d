"""Acceptance results: a claim, the studies that test it, and the outcome of running them."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import ALLOWED_ERRORS, Comparison
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.power import Control
from outcross.jobs.acceptance.setting import Setting
from outcross.resources.errors import BadInput


@dataclass(frozen=True)
class Result:
    """One published or derived result, and how to test it.

    Attributes:
        id: identifier such as ``A3``.
        claim: the claim in one line.
        source: the paper, or ``derived``.
        setting: default setting.
        studies: (setting, folder for files that they read) → the studies to run.
        compare: compares the measurements with the exact values.
        controls: negative controls; of those that have power at a setting, no comparison may hold.
        off_by_one: setting → the largest |z| to expect of its comparisons if generations were counted one too far; None
            for an order of the last models, which the models before have as well.
        small: a setting that takes seconds, for the project's own tests; where the exact values are a formula of the
            rows, one that was never published.
        minimum: the smallest setting for which the claim is defined.
        requirements: raises BadInput for a setting that is impossible for another reason.
    """

    id: str
    claim: str
    source: str
    setting: Setting
    studies: Callable[[Setting, Path], Sequence[Study]]
    compare: Callable[[Setting, Measurements], list[Comparison]]
    controls: tuple[Control, ...]
    small: Setting
    minimum: Setting = field(default_factory=lambda: Setting(rows=2, generations=2, replicates=2))
    requirements: Callable[[Setting], None] = lambda setting: None
    off_by_one: Callable[[Setting], float] | None = None

    def check(self, setting: Setting) -> None:
        """Reject a setting for which the claim is not defined.

        Raises:
            BadInput: names the option and its smallest allowed value.
        """
        for name in ("rows", "generations", "replicates"):
            least = getattr(self.minimum, name)
            if getattr(setting, name) < least:
                raise BadInput(f"{self.id}: --{name} {getattr(setting, name)} is too few; use at least {least}")
        self.requirements(setting)

    def powerful(self, setting: Setting) -> list[Control]:
        """Return the controls that can be expected to fail at a setting."""
        return [each for each in self.controls if each.has_power(setting)]

    def without_power(self, setting: Setting) -> str | None:
        """Say that no control can fail at a setting, and what would do; None where one can."""
        if self.powerful(setting):
            return None
        best = max(self.controls, key=lambda each: each.expected_z(setting))
        needed = best.replicates_needed(setting)
        remedy = f"--replicates {needed} would do" if needed else "no number of replicates would do; change --rows"
        return f"no negative control can fail here (expected |z| {best.expected_z(setting):.1f}); {remedy}"


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Outcome of running a result: its comparisons, those of its negative controls, and the seconds it took.

    Attributes:
        expected_control_z: least |z| that was to be expected of the controls; None where none has power.
        off_by_one_z: largest |z| to expect of the comparisons if generations were counted one too far.
        note: why there is no control, and what would do; None where there is one.
    """

    id: str
    claim: str
    source: str
    setting: Setting
    comparisons: list[Comparison]
    control: list[Comparison]
    seconds: float
    expected_control_z: float | None = None
    off_by_one_z: float | None = None
    note: str | None = None

    @property
    def control_z(self) -> float:
        """The smallest |z| of the negative controls, in standard errors; infinite where none has power."""
        return min((each.z for each in self.control), default=math.inf)

    @property
    def passed(self) -> bool:
        """Whether every comparison holds, and none of a negative control; a control without power says nothing."""
        controlled = bool(self.control) or self.note is not None
        return all(each.holds for each in self.comparisons) and controlled and self.control_z > ALLOWED_ERRORS
