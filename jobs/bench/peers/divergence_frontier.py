"""Compute the area under the divergence frontier of two sets of vectors with ``mauve-text``."""

from typing import Any

import mauve
import numpy as np

from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Compute the area with default settings; the vectors are the features, so no language model is involved."""
    real, synthetic = np.load(job["real"]), np.load(job["synthetic"])
    with clock():
        result = mauve.compute_mauve(p_features=synthetic, q_features=real, seed=job["seed"], verbose=False)
    return {"area": float(result.mauve)}


if __name__ == "__main__":
    run(work)
