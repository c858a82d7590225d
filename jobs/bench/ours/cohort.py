"""Fit the replicates of a cohort, together or one after the other."""

from typing import Any

import polars as pl

from outcross.jobs.bench.ours.cohorts import cohort_of, seeds_of
from outcross.jobs.bench.ours.generate import GENERATORS
from outcross.jobs.bench.tables import read_schema
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.compute import bounded_threads


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Fit, and return the training loss of each replicate, in nats per row."""
    rows, schema, seeds = pl.read_parquet(job["training"])[: job["rows"]], read_schema(job), seeds_of(job["replicates"])
    settings = GENERATORS[job["generator"]].model_validate({"kind": job["generator"], **job["settings"]})
    apart = [seeds] if job["together"] else [{number: seed} for number, seed in seeds.items()]
    cohorts = [cohort_of(rows, schema, seeds=each) for each in apart]
    losses: list[float] = []
    with bounded_threads(), clock("fit"):
        for cohort in cohorts:
            losses += settings.fit(cohort).fit_loss
    return {"losses": losses}


if __name__ == "__main__":
    run(work)
