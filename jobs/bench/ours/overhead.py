"""Time one lineage of a study as a Dagster run, and as a plain loop."""

import os
from pathlib import Path
from typing import Any

from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Measure both, alternating, with ``OUTCROSS_HOME`` in this job's folder."""
    os.environ["OUTCROSS_HOME"] = str(Path(job["folder"]) / "home")
    from outcross.jobs.bench.overhead import measure_overhead
    from outcross.jobs.files.home import prepare
    from outcross.jobs.files.study_files import find_study

    study = find_study(job["study"], prepare())
    with clock():
        return measure_overhead(study, arm=job["arm"], repeats=job["repeats"])


if __name__ == "__main__":
    run(work)
