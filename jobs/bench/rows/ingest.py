"""Row ``ingest``: ingestion of batches, from the file to the ledger."""

from collections.abc import Sequence

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side
from outcross.jobs.bench.rows.guard import write_batch

SIZES = (100_000, 1_000_000, 10_000_000)
NOISE, MOST_MB = 0.1, 1_500


def measure(bench: Bench, *, sizes: Sequence[int] = SIZES) -> Finding:
    """Ingest growing numbers of rows; beyond a million rows, in batches of a million."""
    tables = bench.tables()
    jobs = [write_batch(bench, tables, rows) for rows in sizes]
    turns = bench.alternate(
        *(bench.ours("ingest", f"{rows:,} rows", **job) for rows, job in zip(sizes, jobs, strict=True))
    )
    growth = [
        median_ratio(turns, over=place + 1, under=place) / (sizes[place + 1] / sizes[place])
        for place in range(len(sizes) - 1)
    ]
    sides = [
        Side.of(
            turns, place, f"{rows:,} rows", {name: turns[-1][place].values[name] for name in ("admitted", "batches")}
        )
        for place, rows in enumerate(sizes)
    ]
    criteria = [Criterion.at_most(f"peak memory over {sizes[-1]:,} rows, MB", sides[-1].peak_mb, MOST_MB)]
    if growth:
        criteria.insert(0, Criterion.at_most("growth of the time ÷ growth of the rows", max(growth), 1 + NOISE))
    notes = [f"Growth is the largest ratio between two successive sizes; {NOISE:g} is allowed for noise."]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="ingest",
    work=f"{SIZES[0]:,} to {SIZES[-1]:,} rows ingested",
    peer="the same, with fewer rows",
    about="The batches of the row `guard`, as Parquet files of up to a million rows, are copied into the store, read, "
    "checked row by row and as a whole, compared with all rows admitted before, written, and entered into the ledger. "
    "The guards only observe, so that no batch is quarantined as a whole.",
    measure=measure,
    peers=False,
)
