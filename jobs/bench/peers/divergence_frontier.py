"""The area under the divergence frontier by ``mauve-text``, of features that are given."""

from typing import Any

import mauve
import numpy as np

from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Compute it with default settings: no language model is asked for anything."""
    real, synthetic = np.load(job["real"]), np.load(job["synthetic"])
    with clock():
        found = mauve.compute_mauve(p_features=synthetic, q_features=real, seed=job["seed"], verbose=False)
    return {"area": float(found.mauve)}


if __name__ == "__main__":
    run(work)
