"""Compute the distance to the closest record (DCR) of every synthetic row."""

from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.assets.instruments.gower import closest_distances
from outcross.jobs.bench.tables import read_schema
from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Compute the distances, and write them for the comparison row by row."""
    records, rows, schema = pl.read_parquet(job["real"]), pl.read_parquet(job["synthetic"]), read_schema(job)
    with clock():
        distances = closest_distances(rows, records, schema)
    path = Path(job["folder"]) / "distances.npy"
    np.save(path, distances)
    return {"median": float(np.median(distances)), "distances": str(path)}


if __name__ == "__main__":
    run(work)
