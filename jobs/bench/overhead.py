"""Overhead of Dagster: the time of one lineage as a Dagster run, compared with the same steps in a plain loop."""

import os
import statistics
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from outcross.assets.artefacts import Artefacts
from outcross.assets.graph.keys import FIT_POOL
from outcross.assets.study.study import Study
from outcross.jobs.definitions import build_definitions
from outcross.jobs.files.home import PACKAGE
from outcross.jobs.files.study_files import load_study
from outcross.jobs.running.event_log import open_pooled
from outcross.jobs.running.plain_loop import run_plainly
from outcross.jobs.running.study_jobs import job_names, lineage_keys, start_keys
from outcross.jobs.running.worker import execute_as_worker
from outcross.resources.dagster_internals import state_pool_limit
from outcross.resources.errors import BadInput
from outcross.resources.store import Store


def measure_overhead(path: Path, *, arm: str, repeats: int) -> dict[str, Any]:
    """Time the plain loop and the Dagster run in turn, each time in a new store.

    Both run once before, so that neither is charged with imports and with statements that are compiled once. Which goes
    first alternates, so that a machine that grows slower favours neither.

    The result contains the median seconds of either way, and the median over turns of Dagster's seconds ÷ the loop's.

    Raises:
        BadInput: the study has no lineage of this name.
    """
    study = load_study(path)
    if arm not in study.lineages:
        raise BadInput(f"study '{study.study}' has no lineage '{arm}'; choose from {', '.join(study.lineages)}")
    with tempfile.TemporaryDirectory() as folder:
        for run in _WAYS:
            run(study, arm, Path(folder) / f"warm-up-{run.__name__}")
        pairs = [_turn(study, arm, Path(folder) / str(turn), reverse=bool(turn % 2)) for turn in range(repeats)]
    return {"study": study.study, "arm": arm, "repeats": repeats, **summarise_pairs(pairs)}


def summarise_pairs(pairs: Sequence[tuple[float, float]]) -> dict[str, float]:
    """Summarise turns of (plain, Dagster) seconds: the median of either, and the median of the turns' ratios.

    ``ratio`` is not the quotient of the two medians: drift of the machine affects both times of a turn alike.
    """
    plain, dagster = zip(*pairs, strict=True)
    return {
        "plain": statistics.median(plain),
        "dagster": statistics.median(dagster),
        "ratio": statistics.median(with_dagster / without for without, with_dagster in pairs),
    }


def _turn(study: Study, arm: str, folder: Path, *, reverse: bool) -> tuple[float, float]:
    """Return the seconds of the plain loop and of the Dagster run."""
    order = reversed(_WAYS) if reverse else _WAYS
    seconds = {run: _time(run, study, arm, folder / run.__name__) for run in order}
    return seconds[run_plain_lineage], seconds[run_dagster_lineage]


def _time(work: Callable[[Study, str, Path], None], study: Study, arm: str, folder: Path) -> float:
    started = time.perf_counter()
    work(study, arm, folder)
    return time.perf_counter() - started


def run_plain_lineage(study: Study, arm: str, folder: Path) -> None:
    """Run generation 0 and one lineage in a plain loop, into the store ``data`` in a folder."""
    run_plainly(Artefacts(study, Store(folder / "data")), [arm], checks=True, look=True)


def run_dagster_lineage(study: Study, arm: str, folder: Path) -> None:
    """Run the same steps as a worker does, into the store ``data``, on a new instance of ``dagster.yaml``."""
    definitions, names = build_definitions([study], root=str(folder / "data")), job_names(study)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with _instance(folder / "instance") as instance:
        for name, keys, lineage in (
            (names.start, start_keys(study), None),
            (names.lineages, lineage_keys(study), arm),
        ):
            job, run_id = definitions.resolve_job_def(name), str(uuid.uuid4())
            execute_as_worker(instance, job, study, lineage=lineage, keys=keys, run_id=run_id, config=quiet)


_WAYS: tuple[Callable[[Study, str, Path], None], ...] = (run_plain_lineage, run_dagster_lineage)


@contextmanager
def _instance(folder: Path) -> Iterator[dg.DagsterInstance]:
    folder.mkdir(parents=True)
    before = os.environ["OUTCROSS_INSTANCE"]
    os.environ["OUTCROSS_INSTANCE"] = str(folder)
    try:
        with open_pooled(str(PACKAGE)) as instance:
            state_pool_limit(instance, FIT_POOL, os.cpu_count() or 1)
            yield instance
    finally:
        os.environ["OUTCROSS_INSTANCE"] = before
