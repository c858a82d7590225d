"""Fit a generator to a table, and sample rows from it."""

from pathlib import Path
from typing import Any

import polars as pl

from outcross.jobs.bench.ours.cohorts import one_replicate
from outcross.jobs.bench.tables import read_schema
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.compute import bounded_threads
from outcross.resources.generators.autoregressive.settings import Autoregressive
from outcross.resources.generators.contract import Generator
from outcross.resources.generators.copula.settings import Copula

GENERATORS: dict[str, type[Generator]] = {"autoregressive": Autoregressive, "copula": Copula}


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Fit with default settings, sample, and write the sampled rows."""
    training, schema = pl.read_parquet(job["training"]), read_schema(job)
    cohort = one_replicate(training, schema, seed=job["seed"])
    settings = GENERATORS[job["generator"]].model_validate({"kind": job["generator"]})
    with bounded_threads():
        with clock("fit"):
            model = settings.fit(cohort)
        with clock("sample"):
            sampled = model.sample(rows=job["rows"], seeds={0: job["seed"]}).drop("replicate")
    path = Path(job["folder"]) / "sampled.parquet"
    sampled.write_parquet(path)
    return {"sampled": str(path)}


if __name__ == "__main__":
    run(work)
