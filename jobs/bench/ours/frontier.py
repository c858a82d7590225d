"""Compute the area under the divergence frontier of two sets of vectors."""

from typing import Any

import numpy as np

from outcross.assets.metrics.frontier import compare_clouds
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.compute import bounded_threads


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Return the area."""
    import sklearn.cluster  # noqa: F401 - otherwise imported at first use, which is timed

    real, synthetic = np.load(job["real"]), np.load(job["synthetic"])
    with bounded_threads(), clock():
        (area, _), _ = compare_clouds(synthetic, real, seed=job["seed"])
    return {"area": area}


if __name__ == "__main__":
    run(work)
