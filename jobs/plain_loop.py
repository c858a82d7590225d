"""A study's steps called one after the other, without Dagster: for timing what Dagster adds, and for acceptance."""

from collections.abc import Callable, Iterable

from outcross.assets.anchor.make import make_anchor
from outcross.assets.artefacts import Artefacts
from outcross.assets.checks import run_checks
from outcross.assets.dataset.manifest import SHARED
from outcross.assets.steps import STEPS, checked

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
    for lineage in (SHARED, *lineages):
        for generation in range(1) if lineage == SHARED else range(1, artefacts.study.generations):
            _make(artefacts, generation, lineage, checks=checks, look=look)
            if watch:
                watch(lineage, generation)


def _make(artefacts: Artefacts, generation: int, lineage: str, *, checks: bool, look: bool) -> None:
    for step in STEPS:
        made = step.make(artefacts, generation, lineage)
        if look and made.look:
            made.look()
        if checks and checked(step, generation):
            run_checks(artefacts, step, generation, lineage)
