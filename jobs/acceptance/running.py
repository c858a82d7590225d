"""Run acceptance results: their studies through the loop into a store, then the comparison."""

import tempfile
import time
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

from assets.artefacts import Artefacts
from jobs.acceptance.looking import Looks
from jobs.acceptance.result import Outcome, Result, Setting
from jobs.plain_loop import run_plainly
from resources.store import Store

Watch = Callable[[int, int], None]


def run_result(result: Result, setting: Setting, *, root: str | None = None, watch: Watch | None = None) -> Outcome:
    """Run a result's studies and hold what they left against the exact values.

    Args:
        result: what to run.
        setting: with what.
        root: where to keep what the studies make; a temporary folder where None.
        watch: called with (generations made, generations in all).

    Raises:
        BadInput: the claim is not defined for this setting.
    """
    result.check(setting)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() if root is None else nullcontext(root) as folder:
        store = Store(Path(folder) / result.id if root is None else f"{root}/{result.id}")
        studies = result.studies(setting)
        total = sum(1 + len(study.lineages) * (study.generations - 1) for study in studies)
        done = 0

        def count(_lineage: str, _generation: int) -> None:
            nonlocal done
            done += 1
            if watch:
                watch(done, total)

        for study in studies:
            run_plainly(Artefacts(study, store), study.lineages, checks=False, watch=count)
        looks = Looks(store, {study.study: study for study in studies})
        return Outcome(
            id=result.id,
            claim=result.claim,
            source=result.source,
            setting=setting,
            comparisons=result.compare(setting, looks),
            control=result.control(setting, looks),
            seconds=time.monotonic() - started,
        )
