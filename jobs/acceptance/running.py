"""Run acceptance results: their studies through the loop into a store, then the comparison."""

import multiprocessing
import queue
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import nullcontext
from pathlib import Path

from outcross.assets.artefacts import Artefacts
from outcross.jobs.acceptance.measurements import Looks
from outcross.jobs.acceptance.result import Outcome, Result, Setting
from outcross.jobs.acceptance.results import RESULTS
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.store import Store

Watch = Callable[[str, int, int], None]
"""Called with (id of the result, generations made, generations in all)."""


def run_results(
    settings: Mapping[str, Setting], *, processes: int, root: str | None = None, watch: Watch | None = None
) -> Iterator[Outcome]:
    """Run several results at once, and give each outcome as it is reached.

    Args:
        settings: id → what to run it with.
        processes: how many at once.
        root: where to keep what the studies make, a folder for each result; temporary folders where None.
        watch: told of progress.

    Raises:
        BadInput: a claim is not defined for its setting.
    """
    for name, setting in settings.items():
        RESULTS[name].check(setting)
    context = multiprocessing.get_context("spawn")  # threads of a parent process do not survive a fork
    with context.Manager() as manager, ProcessPoolExecutor(processes, mp_context=context) as pool:
        told = manager.Queue()
        running: set[Future[Outcome]] = {
            pool.submit(_run_telling, name, setting, root, told) for name, setting in settings.items()
        }
        try:
            while running:
                finished, running = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                _tell(told, watch)
                yield from (each.result() for each in finished)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def run_result(result: Result, setting: Setting, *, root: str | None = None, watch: Watch | None = None) -> Outcome:
    """Run a result's studies and hold what they left against the exact values.

    Args:
        result: what to run.
        setting: with what.
        root: where to keep what the studies make; a temporary folder where None.
        watch: told of progress.

    Raises:
        BadInput: the claim is not defined for this setting.
    """
    result.check(setting)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() if root is None else nullcontext(root) as folder:
        store = Store(str(Path(folder) / result.id) if root is None else f"{root}/{result.id}")
        studies = result.studies(setting)
        total = sum(1 + len(study.lineages) * (study.generations - 1) for study in studies)
        done = 0

        def count(_lineage: str, _generation: int) -> None:
            nonlocal done
            done += 1
            if watch:
                watch(result.id, done, total)

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


def _run_telling(name: str, setting: Setting, root: str | None, told: "queue.Queue[tuple[str, int, int]]") -> Outcome:
    def watch(result: str, done: int, total: int) -> None:
        told.put((result, done, total))

    return run_result(RESULTS[name], setting, root=root, watch=watch)


def _tell(told: "queue.Queue[tuple[str, int, int]]", watch: Watch | None) -> None:
    while True:
        try:
            each = told.get_nowait()
        except queue.Empty:
            return
        if watch:
            watch(*each)
