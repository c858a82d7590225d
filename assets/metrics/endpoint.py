"""An endpoint: a number for which verdicts are made, its definition of collapse, and its direction."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Direction = Literal["lower", "higher", "one", "fall"]
"""Which values are better: lower ones, higher ones, those near one (ratios to real data), or those that do not fall.

What falls is a ratio to real data that stands for something vanishing. Its fall is damage, its growth neither damage
nor a gain: a share at which tails grow does not make up for one at which they vanish.
"""
BETTER: dict[Direction, str] = {
    "lower": "lower is better",
    "higher": "higher is better",
    "one": "one is best",
    "fall": "a fall is damage",
}
"""Which values are better, in words."""


class Definition(StrEnum):
    """The definition of "model collapse" that an endpoint stands for, in the order of reports."""

    LOSS_GROWS = "loss grows"
    SHAPE_DEFORMS = "shape deforms"
    TAILS_VANISH = "tails and modes vanish"
    UTILITY_FALLS = "utility falls"
    SCALING_CHANGES = "scaling changes"
    ROWS_ARE_COPIED = "rows are copied"


IN_WORDS: dict[Definition, tuple[str, str]] = {
    Definition.LOSS_GROWS: ("misfit to real rows", "fit to real rows"),
    Definition.SHAPE_DEFORMS: ("distortion", "likeness to real rows"),
    Definition.TAILS_VANISH: ("sameness", "variety"),
    Definition.UTILITY_FALLS: ("harm to training", "use for training"),
    Definition.SCALING_CHANGES: ("change of what more rows buy", "what more rows buy"),
    Definition.ROWS_ARE_COPIED: ("copying", "distance from copying"),
}
"""What endpoints of a definition are about, in everyday words: those of which lower values are better, and the rest."""


class Reading(StrEnum):
    """The eight readings of "model collapse" in the literature (Schaeffer et al. 2025, arXiv 2503.03150), or none."""

    CATASTROPHIC_RISK = "catastrophic increase of population risk"
    ANY_RISK = "any increase of population risk"
    DIVERGING_RISK = "asymptotically diverging population risk"
    VARIANCE = "collapsing variance"
    SCALING = "change in scaling law"
    MODES = "disappearance of real data modes"
    TAILS = "disappearance of real data tails"
    HALLUCINATED = "appearance of hallucinated data modes"
    NONE_OF_THEM = "none of the eight: rows that repeat those they were learned from"


@dataclass(frozen=True)
class Endpoint:
    """One number of a metric, for which a verdict can be made.

    Attributes:
        metric: its name in evaluations, study files and verdicts.
        definition: the definition of collapse that it stands for.
        reading: which of the eight readings of "model collapse" it measures.
        direction: which values are better.
        meaning: a short description for the reader of a verdict.
        has_zero: whether its zero is a true one, so that a share of it has a meaning; the zero of a loss in nats moves
            with the unit of a column.
        unit: what it is measured in; empty for a share or ratio.
        all_or_nothing: whether it counts a few things that are there or not, so that one run in many may lose all.
    """

    metric: str
    definition: Definition
    reading: Reading
    direction: Direction
    meaning: str
    has_zero: bool = True
    unit: str = ""
    all_or_nothing: bool = False

    @property
    def in_words(self) -> str:
        """What it is about, for those who do not know its name, such as "variety" for recall."""
        return IN_WORDS[self.definition][self.direction != "lower"]
