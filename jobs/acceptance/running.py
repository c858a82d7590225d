"""Run acceptance results: run their studies into a store, then compare measured with exact values."""

import multiprocessing
import os
import queue
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import nullcontext
from multiprocessing.managers import SyncManager
from pathlib import Path

from outcross.assets.artefacts import Artefacts
from outcross.jobs.acceptance.measurements import Measurements
from outcross.jobs.acceptance.result import Outcome, Result
from outcross.jobs.acceptance.results import RESULTS
from outcross.jobs.acceptance.setting import Setting
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.parent_process import end_with_parent
from outcross.resources.store import Store

Watch = Callable[[str, int, int], None]
"""Called with (id of the result, generations made, generations in total)."""


def run_results(
    settings: Mapping[str, Setting], *, processes: int, root: str | None = None, watch: Watch | None = None
) -> Iterator[Outcome]:
    """Run several results in parallel, and yield each outcome as soon as it is known.

    Args:
        settings: id of a result → its setting.
        processes: number of results that run at the same time.
        root: where the studies' stores are kept, one folder per result; temporary folders where None.
        watch: called after each generation.

    Raises:
        BadInput: a claim is not defined for its setting.
    """
    for name, setting in settings.items():
        RESULTS[name].check(setting)
    context = multiprocessing.get_context("spawn")  # threads of a parent process do not survive a fork
    manager, us = SyncManager(ctx=context), (os.getpid(),)
    manager.start(end_with_parent, us)
    with (
        manager,
        ProcessPoolExecutor(processes, mp_context=context, initializer=end_with_parent, initargs=us) as pool,
    ):
        progress = manager.Queue()
        running: set[Future[Outcome]] = {
            pool.submit(_run_with_progress, name, setting, root, progress) for name, setting in settings.items()
        }
        try:
            while running:
                finished, running = wait(running, timeout=0.2, return_when=FIRST_COMPLETED)
                _forward(progress, watch)
                yield from (each.result() for each in finished)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def run_result(result: Result, setting: Setting, *, root: str | None = None, watch: Watch | None = None) -> Outcome:
    """Run a result's studies and compare what they measured with the exact values.

    Args:
        result: the result to run.
        setting: its setting.
        root: where the studies' store is kept; a temporary folder where None.
        watch: called after each generation.

    Raises:
        BadInput: the claim is not defined for this setting.
    """
    result.check(setting)
    started = time.monotonic()
    with (
        tempfile.TemporaryDirectory() if root is None else nullcontext(root) as folder,
        tempfile.TemporaryDirectory() as files,
    ):
        store = Store(str(Path(folder) / result.id) if root is None else f"{root}/{result.id}")
        studies = result.studies(setting, Path(files))
        total = sum(1 + len(study.lineages) * (study.generations - 1) for study in studies)
        done = 0

        def count(_lineage: str, _generation: int) -> None:
            nonlocal done
            done += 1
            if watch:
                watch(result.id, done, total)

        for study in studies:
            run_plainly(Artefacts(study, store), study.lineages, checks=False, watch=count)
        measurements = Measurements(store, {study.study: study for study in studies})
        controls = result.powerful(setting)
        return Outcome(
            id=result.id,
            claim=result.claim,
            source=result.source,
            setting=setting,
            comparisons=result.compare(setting, measurements),
            control=[each for control in controls for each in control.compare(setting, measurements)],
            seconds=time.monotonic() - started,
            expected_control_z=min((each.expected_z(setting) for each in controls), default=None),
            off_by_one_z=result.off_by_one(setting) if result.off_by_one else None,
            note=result.without_power(setting),
        )


def _run_with_progress(
    name: str, setting: Setting, root: str | None, progress: "queue.Queue[tuple[str, int, int]]"
) -> Outcome:
    def watch(result: str, done: int, total: int) -> None:
        progress.put((result, done, total))

    return run_result(RESULTS[name], setting, root=root, watch=watch)


def _forward(progress: "queue.Queue[tuple[str, int, int]]", watch: Watch | None) -> None:
    """Pass the progress that worker processes reported on to ``watch``."""
    while True:
        try:
            each = progress.get_nowait()
        except queue.Empty:
            return
        if watch:
            watch(*each)
