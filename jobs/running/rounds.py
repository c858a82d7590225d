"""The rounds of a study whose ladders add rungs: what each round runs, after the planned lineages are finished."""

from dataclasses import dataclass

from outcross.assets.artefacts import Artefacts
from outcross.assets.verdict.make import refine_ladders
from outcross.assets.verdict.refinement import Addition


@dataclass(frozen=True, kw_only=True)
class Round:
    """What the ladders of a study have added so far, and what they add next.

    Attributes:
        added: the rungs of earlier rounds, whose lineages are evaluated.
        following: the rungs of this round, at most one for each ladder.
    """

    added: tuple[Addition, ...]
    following: tuple[Addition, ...]

    @property
    def reasons(self) -> dict[str, str]:
        """Lineage → why it is run; an arm that a ladder adds has one lineage of its name."""
        return {each.rung.arm: each.reason for each in (*self.added, *self.following)}


def next_round(artefacts: Artefacts) -> Round:
    """Choose the next round from what the store has.

    Raises:
        IncompleteStudy: a planned lineage lacks a generation.
    """
    refined = refine_ladders(artefacts)
    return Round(
        added=tuple(addition for each in refined for addition in each.added),
        following=tuple(each.following for each in refined if each.following is not None),
    )
