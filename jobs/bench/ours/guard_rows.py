"""Write the batches of the guard rows: anchor rows drawn with replacement and jittered, with provenance, in parts."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from outcross.jobs.bench.tables import read_schema
from outcross.jobs.bench.task import Clock, Job, run
from outcross.resources.schema import Role, Schema
from outcross.resources.seeds import derive_seed, generator

ROWS_A_FILE = 1_000_000
JITTER = 0.01
"""Standard deviation of the noise added to a number, as a share of the column's."""
SYNTHETIC = 0.3
GROUPS = 2


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Write files of at most ``ROWS_A_FILE`` rows, and the schema with its group columns."""
    schema, folder = _with_groups(read_schema(job), job), Path(job["to"])
    anchor = pl.read_parquet(job["training"])
    files = []
    with clock():
        for start in range(0, job["rows"], ROWS_A_FILE):
            size = min(ROWS_A_FILE, job["rows"] - start)
            files.append(str(folder / f"batch-{job['rows']}-{start}.parquet"))
            _part(anchor, schema, size, derive_seed("bench", "guard", job["rows"], start)).write_parquet(files[-1])
    (folder / "guard-schema.json").write_text(json.dumps(schema.to_json()))
    return {"files": files, "schema": str(folder / "guard-schema.json")}


def _with_groups(schema: Schema, job: Job) -> Schema:
    """Return the schema in which the categorical columns with the fewest levels are protected groups."""
    anchor = pl.read_parquet(job["training"])
    free = [column for column in schema.discrete if column.role is Role.CATEGORICAL]
    chosen = {column.name for column in sorted(free, key=lambda column: anchor[column.name].n_unique())[:GROUPS]}
    settings = schema.to_json()
    for column in settings["columns"]:
        if column["name"] in chosen:
            column["role"] = Role.GROUP
    return Schema.from_json(settings)


def _part(anchor: pl.DataFrame, schema: Schema, size: int, seed: int) -> pl.DataFrame:
    random = generator(seed)
    rows = anchor[random.integers(0, anchor.height, size)]
    moved = []
    for column in schema.numeric:
        deviation = float(np.nanstd(anchor[column.name].cast(pl.Float64).to_numpy()))
        noise = pl.Series(random.normal(0, JITTER * deviation, size))
        value = pl.col(column.name).cast(pl.Float64) + noise
        moved.append((value.round() if column.integer else value).cast(column.dtype).alias(column.name))
    synthetic = pl.Series(random.random(size) < SYNTHETIC)
    return rows.with_columns(
        *moved,
        pl.select(pl.when(synthetic).then(pl.lit("synthetic")).otherwise(pl.lit("real")).alias("origin")).to_series(),
        pl.select(pl.when(synthetic).then(pl.lit("copula")).alias("generator")).to_series(),
        pl.lit("CC-BY-4.0").alias("licence"),
        pl.lit("terms of the source").alias("consent"),
        pl.select(synthetic.cast(pl.Int32).alias("depth")).to_series(),
    )


if __name__ == "__main__":
    run(work)
