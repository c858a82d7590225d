"""Acceptance results: a claim, the studies that test it, and the outcome of running them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import ALLOWED_ERRORS, Comparison
from outcross.jobs.acceptance.measurements import Measurements
from outcross.resources.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Setting:
    """Size of the studies of a result; its exact values are computed for the same size.

    Attributes:
        rows: rows per generation (M or T).
        generations: models in a lineage, including the first one, fitted on real data alone (n or k).
        replicates: independent repeats.
        seed: seed of the studies.
        text: text files, for results that read text; where empty, Python's own documentation is read.
    """

    rows: int
    generations: int
    replicates: int
    seed: int = 0
    text: tuple[str, ...] = ()

    def with_changes(self, **changes: Any) -> "Setting":
        """Return a copy in which every change that is not None is applied."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})

    def __str__(self) -> str:
        size = f"{self.rows:,} rows, {self.generations} generations, {self.replicates:,} replicates, seed {self.seed}"
        return size + (f", {', '.join(self.text)}" if self.text else "")


@dataclass(frozen=True)
class Result:
    """One published or derived result, and how to test it.

    Attributes:
        id: identifier such as ``A3``.
        claim: the claim in one line.
        source: the paper, or ``derived``.
        setting: default setting.
        studies: setting → the studies to run.
        compare: compares the measurements with the exact values.
        control: negative control: compares measurements with a wrong formula, or measurements of a wrong setting with
            the right formula; none of its comparisons may hold.
        small: a setting that takes seconds, for the project's own tests.
        minimum: the smallest setting for which the claim is defined.
        requirements: raises BadInput for a setting that is impossible for another reason.
    """

    id: str
    claim: str
    source: str
    setting: Setting
    studies: Callable[[Setting], Sequence[Study]]
    compare: Callable[[Setting, Measurements], list[Comparison]]
    control: Callable[[Setting, Measurements], list[Comparison]]
    small: Setting
    minimum: Setting = field(default_factory=lambda: Setting(rows=2, generations=2, replicates=2))
    requirements: Callable[[Setting], None] = lambda setting: None

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


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """Outcome of running a result: its comparisons, those of its negative control, and the seconds it took."""

    id: str
    claim: str
    source: str
    setting: Setting
    comparisons: list[Comparison]
    control: list[Comparison]
    seconds: float

    @property
    def control_z(self) -> float:
        """The smallest |z| of the negative control, in standard errors."""
        return min(each.z for each in self.control)

    @property
    def passed(self) -> bool:
        """Whether every comparison holds and no comparison of the negative control does."""
        return all(each.holds for each in self.comparisons) and self.control_z > ALLOWED_ERRORS
