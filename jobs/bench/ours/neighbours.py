"""Precision, recall, density and coverage of two clouds."""

from typing import Any

import numpy as np

from outcross.assets.instruments.manifold import Manifold
from outcross.assets.metrics.neighbours import Fidelity
from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Compute the four."""
    real, synthetic = np.load(job["real"]), np.load(job["synthetic"])
    with clock():
        manifolds = (Manifold.build(points, neighbours=job["neighbours"]) for points in (synthetic, real))
        found = Fidelity.compare(*manifolds).measurements()
    return {each.metric: each.value for each in found}


if __name__ == "__main__":
    run(work)
