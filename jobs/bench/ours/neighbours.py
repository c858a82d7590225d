"""Compute precision, recall, density and coverage of two sets of vectors."""

from typing import Any

import numpy as np

from outcross.assets.instruments.manifold import Manifold
from outcross.assets.metrics.neighbours import Fidelity
from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Return the four metrics by name."""
    real, synthetic = np.load(job["real"]), np.load(job["synthetic"])
    with clock():
        manifolds = (Manifold.build(points, neighbours=job["neighbours"]) for points in (synthetic, real))
        measurements = Fidelity.compare(*manifolds).measurements()
    return {each.metric: each.value for each in measurements}


if __name__ == "__main__":
    run(work)
