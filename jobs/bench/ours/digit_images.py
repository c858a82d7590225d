"""Write scikit-learn's handwritten digits, enlarged by repeating pixels."""

from pathlib import Path
from typing import Any

import numpy as np

from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.sources import Digits


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Write images (rows, pixels, pixels) uint8 and labels (rows,) int64."""
    data, side = Digits().load(), job["pixels"]
    with clock():
        small = data.rows["image"].to_numpy().reshape(-1, 8, 8)
        pixels = np.kron(small, np.ones((1, side // 8, side // 8), dtype=np.uint8))
    path = Path(job["to"]) / f"digits-{side}.npz"
    np.savez(path, pixels=pixels, labels=data.rows["label"].to_numpy().astype(np.int64))
    return {"images": str(path), "levels": 16}


if __name__ == "__main__":
    run(work)
