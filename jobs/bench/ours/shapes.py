"""Compute column shapes and pair trends of two tables, from all rows."""

from typing import Any

import polars as pl

from outcross.assets.instruments.columns import code_columns
from outcross.assets.metrics.pairs import trends_score
from outcross.assets.metrics.shapes import shapes_score
from outcross.jobs.bench.tables import read_schema
from outcross.jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Compute both scores as a study does, from columns that are coded once."""
    real, synthetic, schema = pl.read_parquet(job["real"]), pl.read_parquet(job["synthetic"]), read_schema(job)
    with clock():
        columns = code_columns(synthetic, real, schema)
        shapes, trends = shapes_score(*columns), trends_score(*columns)
    return {"column_shapes": shapes, "pair_trends": trends}


if __name__ == "__main__":
    run(work)
