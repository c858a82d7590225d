"""A study's steps called one after the other, without Dagster: for timing what Dagster adds, and for acceptance."""

from collections.abc import Callable, Iterable

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import Artefacts, Slot
from outcross.assets.checks import has_checks
from outcross.assets.steps import STEPS, run_checks
from outcross.assets.study.lineage import SHARED

Watch = Callable[[str, int], None]
"""Called with (lineage, generation) once a generation is made."""


def run_plainly(
    artefacts: Artefacts, lineages: Iterable[str], *, checks: bool, look: bool = False, watch: Watch | None = None
) -> None:
    """Make the anchor, generation 0, and every generation of these lineages.

    Args:
        artefacts: the study and the store to fill.
        lineages: names of lineages.
        checks: whether to run every thing's checks as well; their outcome is kept, and stops nothing.
        look: whether to draw the pictures that the UI shows.
        watch: told of progress.
    """
    made = make_anchor(artefacts)
    if look and made.look:
        made.look()
    later = range(1, artefacts.study.generations)
    for slot in (Slot(artefacts, 0, SHARED), *(Slot(artefacts, g, lineage) for lineage in lineages for g in later)):
        _make(slot, checks=checks, look=look)
        if watch:
            watch(slot.lineage, slot.generation)


def _make(slot: Slot, *, checks: bool, look: bool) -> None:
    for step in STEPS:
        made = step.make(slot)
        if look and made.look:
            made.look()
        if checks and has_checks(step.thing, slot.generation):
            run_checks(step, slot)
