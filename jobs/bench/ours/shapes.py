"""Column shapes and pair trends of two tables, all rows of them."""

from typing import Any

import polars as pl

from assets.evaluation.pairs import pair_trends
from assets.evaluation.shapes import column_shapes
from jobs.bench.tables import read_schema
from jobs.bench.task import Clock, Job, run


def work(job: Job, clock: Clock) -> dict[str, Any]:
    """Compute both scores."""
    real, synthetic, schema = pl.read_parquet(job["real"]), pl.read_parquet(job["synthetic"]), read_schema(job)
    with clock():
        shapes = column_shapes(synthetic, real, schema)
        trends = pair_trends(synthetic, real, schema)
    return {"column_shapes": shapes, "pair_trends": trends}


if __name__ == "__main__":
    run(work)
