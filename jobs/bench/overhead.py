"""What Dagster costs a study: one lineage as a run, beside the same functions called in a plain loop."""

import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import dagster as dg

from outcross.assets.artefacts import Artefacts
from outcross.assets.study.study import Study
from outcross.jobs.definitions import definitions_of
from outcross.jobs.files.study_files import load_study
from outcross.jobs.running.instance import PACKAGE
from outcross.jobs.running.plain_loop import run_plainly
from outcross.jobs.running.study_jobs import job_names
from outcross.resources.errors import BadInput
from outcross.resources.store import Store


def measure_overhead(path: Path, *, arm: str, repeats: int) -> dict[str, Any]:
    """Time both ways in turn, each in a store of its own, and return seconds (medians) and the median ratio of pairs.

    Raises:
        BadInput: the arm is not known, or is split over several lineages.
    """
    study = load_study(path)
    if arm not in study.lineages:
        raise BadInput(f"study '{study.study}' has no lineage '{arm}'; choose from {', '.join(study.lineages)}")
    with tempfile.TemporaryDirectory() as folder:
        run_plainly(Artefacts(study, Store(Path(folder) / "warm-up")), [], checks=True, look=True)
        pairs = [
            (
                _timed(_plain_lineage, study, arm, Path(folder) / f"p{n}"),
                _timed(_dagster_lineage, study, arm, Path(folder) / f"d{n}"),
            )
            for n in range(repeats)
        ]
    plain, dagster = zip(*pairs, strict=True)
    return {
        "study": study.study,
        "arm": arm,
        "repeats": repeats,
        "plain": statistics.median(plain),
        "dagster": statistics.median(dagster),
        "ratio": statistics.median(with_it / without for without, with_it in pairs),
    }


def _timed(work: Callable[[Study, str, Path], None], study: Study, arm: str, folder: Path) -> float:
    started = time.perf_counter()
    work(study, arm, folder)
    return time.perf_counter() - started


def _plain_lineage(study: Study, arm: str, folder: Path) -> None:
    run_plainly(Artefacts(study, Store(folder)), [arm], checks=True, look=True)


def _dagster_lineage(study: Study, arm: str, folder: Path) -> None:
    """Run the same on an instance of its own, as ``dagster.yaml`` describes it."""
    definitions, names = definitions_of([study], root=str(folder / "data")), job_names(study)
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with _instance(folder / "instance") as instance:
        for job, partition in ((names.start, None), (names.lineages, arm)):
            definitions.resolve_job_def(job).execute_in_process(
                instance=instance, partition_key=partition, run_config=quiet
            )


@contextmanager
def _instance(folder: Path) -> Iterator[dg.DagsterInstance]:
    folder.mkdir(parents=True)
    before = os.environ["OUTCROSS_INSTANCE"]
    os.environ["OUTCROSS_INSTANCE"] = str(folder)
    try:
        with dg.DagsterInstance.from_config(str(PACKAGE)) as instance:
            yield instance
    finally:
        os.environ["OUTCROSS_INSTANCE"] = before
