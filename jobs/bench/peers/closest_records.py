"""Compute SDMetrics' distance to the closest record (DCR) of every synthetic row."""

from pathlib import Path
from typing import Any

import numpy as np
from sdmetrics.single_table.privacy.dcr_utils import calculate_dcr

from outcross.jobs.bench.peers.pandas_tables import TABLE, metadata, read
from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Compute the distances as ``DCRBaselineProtection`` and ``DCROverfittingProtection`` do, without subsampling."""
    records, rows = read(job["real"]), read(job["synthetic"])
    with clock():
        distances = calculate_dcr(rows, records, metadata(job)["tables"][TABLE])
    path = Path(job["folder"]) / "distances.npy"
    np.save(path, distances.to_numpy())
    return {"median": float(distances.median()), "distances": str(path)}


if __name__ == "__main__":
    run(work)
