"""Distance of every synthetic row to the closest record."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.instruments.gower import closest_distances
from outcross.jobs.bench.tables import read_schema
from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Compute them, and keep them for the comparison row by row."""
    records, rows, schema = pl.read_parquet(job["real"]), pl.read_parquet(job["synthetic"]), read_schema(job)
    with clock():
        distances = closest_distances(rows, records, schema)
    kept = Path(job["folder"]) / "distances.npy"
    np.save(kept, distances)
    return {"median": float(np.median(distances)), "distances": str(kept)}


if __name__ == "__main__":
    run(work)
