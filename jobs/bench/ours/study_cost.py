"""Run a small study of a given size in a plain loop."""

from pathlib import Path
from typing import Any

from outcross.assets.artefacts import Artefacts
from outcross.assets.study.study import Study
from outcross.jobs.bench.tables import read_schema
from outcross.jobs.bench.task import Clock, Job, peak_mb, run
from outcross.jobs.running.plain_loop import run_plainly
from outcross.resources.compute import bounded_threads
from outcross.resources.store import Store

WARM_UP = {"rows": 200, "generations": 2, "replicates": 1}


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Run a very small study, to import all libraries; then run the study that is timed."""
    folder = Path(job["folder"])
    with bounded_threads():
        _run(_study(job, WARM_UP), folder / "warm-up", checks=job["checks"])
        before = peak_mb()
        with clock():
            _run(_study(job, job["size"]), folder / "store", checks=job["checks"])
    return {"before_mb": before}


def _study(job: Job, size: dict[str, int]) -> Study:
    schema = read_schema(job)
    return Study.model_validate(
        {
            "study": "cost",
            "source": {
                "kind": "files",
                "path": job["some"],
                "columns": {column.name: str(column.role) for column in schema.columns},
            },
            "generator": {"kind": "copula"},
            "arms": {"half": {"policy": "fixed", "share": 0.5}},
            **size,
            **job["settings"],
        }
    )


def _run(study: Study, folder: Path, *, checks: bool) -> None:
    run_plainly(Artefacts(study, Store(str(folder))), study.lineages, checks=checks)


if __name__ == "__main__":
    run(work)
