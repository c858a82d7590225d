"""Precision, recall, density and coverage by ``prdc``."""

from typing import Any

import numpy as np
from prdc import compute_prdc

from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Compute the four."""
    real, synthetic = np.load(job["real"]), np.load(job["synthetic"])
    with clock():
        found = compute_prdc(real, synthetic, job["neighbours"])
    return {name: float(value) for name, value in found.items()}


if __name__ == "__main__":
    run(work)
