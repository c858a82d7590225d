"""Run every batch-level guard over a batch: one pass over its rows, then the expectations over its vitals."""

from pathlib import Path
from typing import Any

import polars as pl

from outcross.assets.corpus.guards.bounds import apply_bounds
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.vitals import measure_batch
from outcross.jobs.bench.tables import read_schema
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.guard_engine import validate, vitals_frame


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Fit the profile (once per corpus) and guard a few rows, to import all libraries; then guard the batch, timed."""
    anchor, holdout, schema = pl.read_parquet(job["training"]), pl.read_parquet(job["holdout"]), read_schema(job)
    profile = fit_profile(anchor, holdout, schema, seed=1)
    few = Path(job["folder"]) / "few.parquet"
    pl.scan_parquet(job["files"][0]).head(1_000).collect().write_parquet(few)
    validate(vitals_frame(apply_bounds(measure_batch([few], profile, anchor))))
    with clock():
        checked = validate(vitals_frame(apply_bounds(measure_batch(job["files"], profile, anchor))))
    bounded = checked.filter(pl.col("lower").is_not_null() | pl.col("upper").is_not_null())
    rows = checked.filter(pl.col("metric") == "rows")["value"].item()
    return {"rows": int(rows), "expectations": bounded.height, "failed": bounded.height - bounded["passed"].sum()}


if __name__ == "__main__":
    run(work)
