"""What real rows alone do, in arms of their own: the alternatives to a mix, and the learning curve."""

from dataclasses import dataclass
from typing import Final

from outcross.assets.study.ladder import LadderSettings
from outcross.assets.study.policies.contract import Policy
from outcross.assets.study.policies.part import Part
from outcross.assets.study.policies.repeat import Repeat
from outcross.assets.study.policies.resample import Resample
from outcross.resources.schema import Role
from outcross.resources.sources.contract import Source
from outcross.resources.sources.files import Files

FRACTIONS: Final = (0.25, 0.5)
"""Parts of the real rows that the learning curve has beside all of them."""
REPEATED: Final = "real rows repeated"
RESAMPLED: Final = "real rows resampled to the mix's label shares"
_ROWS = 1_000_000
"""n for which the rows of a mix are asked, to learn how many times the real rows they are."""


@dataclass(frozen=True, kw_only=True)
class RealAlone:
    """The arms of real rows alone with which a ladder is compared.

    Attributes:
        alternatives: name → the arm for each rung above the control, in order of share; the control is one besides.
        curve: the arms with each of ``FRACTIONS``.
    """

    alternatives: dict[str, tuple[str, ...]]
    curve: tuple[str, ...]

    @property
    def arms(self) -> tuple[str, ...]:
        """Every arm there is."""
        return (*(arm for arms in self.alternatives.values() for arm in arms), *self.curve)


def alternative_arm(name: str) -> str:
    """Return the name of the arm in which an alternative of the learner is trained on real rows alone."""
    return f"fixed-0-{name.lower().replace(' ', '-')}"


def states_label(source: Source) -> bool:
    """Whether the settings of a source give a column the role of a label."""
    return isinstance(source, Files) and any(column.role is Role.LABEL for column in source.columns.values())


def rows_of_mixes(ladder: LadderSettings) -> tuple[tuple[float, float], ...]:
    """Return (real, synthetic) rows of each rung above the control ÷ all real rows."""
    mixes = [(policy.dataset_rows(_ROWS, 1) / _ROWS, policy.share(1)) for policy in ladder.policies()[1:]]
    return tuple((together * (1 - share), together * share) for together, share in mixes)


def repeats(ladder: LadderSettings) -> list[Policy]:
    """Return, for each rung above the control, real rows repeated to its number; none where all have the anchor's."""
    ratios = [policy.dataset_rows(_ROWS, 1) / _ROWS - 1 for policy in ladder.policies()[1:]]
    return [Repeat(policy="repeat", ratio=ratio) for ratio in ratios] if any(ratio > 0 for ratio in ratios) else []


def resamples(ladder: LadderSettings) -> list[Policy]:
    """Return, for each rung above the control, real rows in its number and with its shares of the labels."""
    return [
        Resample(policy="resample", ratio=policy.dataset_rows(_ROWS, 1) / _ROWS - 1, made=synthetic)
        for policy, (_, synthetic) in zip(ladder.policies()[1:], rows_of_mixes(ladder), strict=True)
    ]


def curve() -> list[Policy]:
    """Return the policies of the learning curve."""
    return [Part(policy="part", fraction=fraction) for fraction in FRACTIONS]
