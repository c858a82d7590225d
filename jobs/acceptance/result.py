"""What an acceptance result is: a claim, the studies that show it, and what running them gave."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from outcross.assets.study.study import Study
from outcross.jobs.acceptance.comparison import ALLOWED_ERRORS, Comparison
from outcross.jobs.acceptance.measurements import Looks
from outcross.resources.errors import BadInput


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What a result is run with; the exact values are computed for the same.

    Attributes:
        rows: rows of a generation (M or T).
        generations: models in a lineage, the one fitted on real data alone included (n or k).
        replicates: independent repeats.
        seed: of the studies.
        text: files of text, for the results that read one; Python's own documentation where empty.
    """

    rows: int
    generations: int
    replicates: int
    seed: int = 0
    text: tuple[str, ...] = ()

    def with_changes(self, **changes: Any) -> "Setting":
        """The same with whatever is not None changed."""
        return replace(self, **{name: value for name, value in changes.items() if value is not None})

    def __str__(self) -> str:
        told = f"{self.rows:,} rows, {self.generations} generations, {self.replicates:,} replicates, seed {self.seed}"
        return told + (f", {', '.join(self.text)}" if self.text else "")


@dataclass(frozen=True)
class Result:
    """One published or derived result.

    Attributes:
        id: such as ``A3``.
        claim: what holds, in one line.
        source: the paper, or ``derived``.
        setting: what it is run with unless told otherwise.
        studies: the studies to run, under a setting.
        compare: exact values beside what the store says.
        control: the same measurements beside a wrong formula or a wrong setting; none of them may hold.
        small: a setting that takes seconds, for the project's own tests.
        fewest: the least setting for which the claim is defined.
        demands: raises BadInput for a setting that cannot be run for another reason.
    """

    id: str
    claim: str
    source: str
    setting: Setting
    studies: Callable[[Setting], Sequence[Study]]
    compare: Callable[[Setting, Looks], list[Comparison]]
    control: Callable[[Setting, Looks], list[Comparison]]
    small: Setting
    fewest: Setting = field(default_factory=lambda: Setting(rows=2, generations=2, replicates=2))
    demands: Callable[[Setting], None] = lambda setting: None

    def check(self, setting: Setting) -> None:
        """Refuse a setting for which the claim is not defined.

        Raises:
            BadInput: naming the option and the least it may be.
        """
        for name in ("rows", "generations", "replicates"):
            least = getattr(self.fewest, name)
            if getattr(setting, name) < least:
                raise BadInput(f"{self.id}: --{name} {getattr(setting, name)} is too few; it needs at least {least}")
        self.demands(setting)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """What running a result gave."""

    id: str
    claim: str
    source: str
    setting: Setting
    comparisons: list[Comparison]
    control: list[Comparison]
    seconds: float

    @property
    def control_z(self) -> float:
        """How far the negative control is off at least, in standard errors."""
        return min(each.z for each in self.control)

    @property
    def passed(self) -> bool:
        """Whether every comparison holds, and nothing in the negative control does."""
        return all(each.holds for each in self.comparisons) and self.control_z > ALLOWED_ERRORS
