"""Compute precision, recall, density and coverage of two sets of vectors with ``prdc``."""

from typing import Any

import numpy as np
from prdc import compute_prdc

from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Return the four metrics by name."""
    real, synthetic = np.load(job["real"]), np.load(job["synthetic"])
    with clock():
        metrics = compute_prdc(real, synthetic, job["neighbours"])
    return {name: float(value) for name, value in metrics.items()}


if __name__ == "__main__":
    run(work)
