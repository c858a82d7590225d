"""An endpoint: a number that a verdict may be about, the definition of collapse it stands for, and its direction."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

Direction = Literal["lower", "higher", "one"]
"""Which values are better: lower ones, higher ones, or those near one (ratios to the real data)."""


class Definition(StrEnum):
    """The definition of "model collapse" that an endpoint stands for, in the order that reports list them."""

    LOSS_GROWS = "loss grows"
    SHAPE_DEFORMS = "shape deforms"
    TAILS_VANISH = "tails and modes vanish"
    UTILITY_FALLS = "utility falls"
    SCALING_CHANGES = "scaling changes"
    ROWS_ARE_COPIED = "rows are copied"


class Reading(StrEnum):
    """The eight things that have been called "model collapse" (Schaeffer et al. 2025, arXiv 2503.03150), and none."""

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
    """One number of a metric that a verdict may be about.

    Attributes:
        metric: its name, as evaluations, study files and verdicts write it.
        definition: the definition of collapse it stands for.
        reading: which of the eight readings of "model collapse" it measures.
        direction: which values are better.
        meaning: what it is, in a few words for people.
    """

    metric: str
    definition: Definition
    reading: Reading
    direction: Direction
    meaning: str
