"""The rows of the benchmark by name, in the order in which they run."""

from outcross.jobs.bench.row import Row
from outcross.jobs.bench.rows import (
    cohort,
    copula,
    diffusion,
    frontier,
    guard,
    ingest,
    near_duplicates,
    neighbours,
    neural,
    overhead,
    records,
    shapes,
    study_cost,
    transformer_sampling,
    transformer_training,
)

ROWS: dict[str, Row] = {
    each.ROW.name: each.ROW
    for each in (
        shapes,
        records,
        neighbours,
        near_duplicates,
        frontier,
        copula,
        cohort,
        study_cost,
        guard,
        ingest,
        neural,
        transformer_training,
        transformer_sampling,
        diffusion,
        overhead,
    )
}
