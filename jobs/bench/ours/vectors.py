"""Draw two partly overlapping sets of vectors: mixtures of clusters, of which the second lacks some."""

from pathlib import Path
from typing import Any

import numpy as np

from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.seeds import derive_seed, generator

CLUSTERS, LOST, FACTORS = 20, 3, 8


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Write the vectors of either side, (rows, dimensions) float64."""
    folder, rows, dimensions = Path(job["to"]), job["rows"], job["dimensions"]
    with clock():
        random = generator(derive_seed("bench", "vectors"))
        centres = random.standard_normal((CLUSTERS, dimensions)) * 0.7
        spread = random.standard_normal((CLUSTERS, FACTORS, dimensions)) / np.sqrt(FACTORS)
        for name, first in (("real", 0), ("synthetic", LOST)):
            cluster = random.integers(first, CLUSTERS, rows)
            factors = random.standard_normal((rows, FACTORS))
            own = np.einsum("rf,rfd->rd", factors, spread[cluster], optimize=True)
            noise = random.standard_normal((rows, dimensions)) * 0.3
            np.save(folder / f"{name}-vectors.npy", centres[cluster] + own + noise)
    return {name: str(folder / f"{name}-vectors.npy") for name in ("real", "synthetic")}


if __name__ == "__main__":
    run(work)
