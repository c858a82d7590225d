"""What a comparison can notice: the |z| to expect of a wrong formula, computed from theory before anything is run."""

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from outcross.jobs.acceptance.comparison import ALLOWED_ERRORS, Comparison
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.setting import Setting
from outcross.jobs.acceptance.theory.exact import Exact

NEEDED = ALLOWED_ERRORS + 3.0
"""Expected |z| from which on a control is used: it then agrees with the wrong formula once in a thousand runs."""


@dataclass(frozen=True)
class Control:
    """A negative control: a wrong formula or setting, with which no measured value may agree.

    Attributes:
        compare: compares the measurements with a wrong formula, or those of a wrong setting with the right one.
        expected_z: setting → the least |z| to expect of it; infinite where it differs for certain.
    """

    compare: Callable[[Setting, Measurements], list[Comparison]]
    expected_z: Callable[[Setting], float] = lambda setting: math.inf

    def has_power(self, setting: Setting) -> bool:
        """Whether it can be expected to fail at a setting."""
        return self.expected_z(setting) >= NEEDED

    def replicates_needed(self, setting: Setting) -> int | None:
        """Return the number of replicates from which on it has power; None if none would do."""
        expected = self.expected_z(setting)
        return math.ceil(setting.replicates * (NEEDED / expected) ** 2) if expected > 0 else None


def expected_z(right: float, wrong: float, law: Exact, replicates: int, *, columns: int = 1) -> float:
    """Return the |z| to expect where a mean over replicates is compared with a wrong value."""
    error = law.standard_error(replicates, columns=columns)
    return abs(right - wrong) / error if error > 0 else math.inf


def off_by_one(law: Callable[[int], Exact], fits: Iterable[int], replicates: int, *, columns: int = 1) -> float:
    """Return the largest |z| to expect, over some generations, if each were taken for the next one."""
    return max(expected_z(law(each).mean, law(each + 1).mean, law(each), replicates, columns=columns) for each in fits)


def can_fail(law: Exact, replicates: int) -> bool:
    """Whether a mean could be told from 0: a comparison with a smaller value would allow for any."""
    return law.mean > 2 * ALLOWED_ERRORS * law.standard_error(replicates)


def most_telling(candidates: Iterable[int], expected: Callable[[int], float]) -> int:
    """Return the generation at which a control has the most power; of equal ones, the last."""
    return max(candidates, key=lambda each: (expected(each), each))
