"""Row ``guard``: batch-level guards over batches of growing size."""

import itertools
from collections.abc import Sequence
from typing import Any

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

SIZES = (100_000, 1_000_000, 10_000_000)
FASTER, MOST_MB = 5, 1_500
NOISE = 0.1


def measure(bench: Bench, *, sizes: Sequence[int] = SIZES) -> Finding:
    """Run the guards over batches of growing size, and Great Expectations' pandas engine once over the largest."""
    tables = bench.tables()
    jobs = [write_batch(bench, tables, rows) for rows in sizes]
    turns = bench.alternate(
        *(bench.ours("guard", f"Outcross, {rows:,} rows", **job) for rows, job in zip(sizes, jobs, strict=True))
    )
    pandas = bench.run(bench.ours("guard_pandas", "Great Expectations, pandas engine", **jobs[-1]))
    largest = len(sizes) - 1
    criteria = [
        Criterion.at_least("times faster", median_ratio([(*turn, pandas) for turn in turns], over=-1, under=-2), FASTER)
    ]
    sides = [
        Side.of(turns, place, f"Outcross, {rows:,} rows", _counts(turns[-1][place].values))
        for place, rows in enumerate(sizes)
    ]
    criteria.append(Criterion.at_most(f"peak memory over {sizes[-1]:,} rows, MB", sides[largest].peak_mb, MOST_MB))
    growth = [
        median_ratio(turns, over=larger, under=smaller) / (sizes[larger] / sizes[smaller])
        for smaller, larger in itertools.pairwise(range(len(sizes)))
    ]
    if growth:
        criteria.append(Criterion.at_most("growth of the time ÷ growth of the rows", max(growth), 1 + NOISE))
    sides.append(Side.of([(pandas,)], 0, "Great Expectations, pandas engine", _counts(pandas.values)))
    notes = [
        "Both times include reading the files. Great Expectations runs once, since it takes minutes.",
        "Only Outcross measures what no expectation covers: the classifier two-sample test (C2ST) of batch and anchor, "
        "copies of and distances to anchor rows, entropy, and rank correlation.",
        f"Growth is the largest ratio between two successive sizes; {NOISE:g} is allowed for noise.",
    ]
    return Finding(criteria, sides, notes)


def write_batch(bench: Bench, tables: dict[str, Any], rows: int) -> dict[str, Any]:
    """Write a batch, and return the part of a job that names its files."""
    job = {**tables, "rows": rows, "to": str(bench.folder)}
    return {**tables, **bench.run(bench.ours("guard_rows", f"{rows:,} rows", **job)).values}


def _counts(values: dict[str, Any]) -> dict[str, float]:
    return {name: values[name] for name in ("expectations", "failed")}


ROW = Row(
    name="guard",
    work=f"every batch-level guard over {SIZES[-1]:,} rows",
    peer="the same kinds of expectations on Great Expectations' pandas engine",
    about="Batches of rows drawn with replacement from the data, with numbers jittered by a hundredth of a standard "
    "deviation and 30 % of the rows declared synthetic, in files of a million rows. Outcross reads them once, in "
    "parts, and validates the vitals with Great Expectations. The peer is Great Expectations on the rows themselves, "
    "in the same environment.",
    measure=measure,
    peers=False,
)
