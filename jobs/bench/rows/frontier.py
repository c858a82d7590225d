"""Row ``frontier``: the area under the divergence frontier."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

FASTER, APART = 1, 0.02
ROWS, DIMENSIONS = 5_000, 64


def measure(bench: Bench) -> Finding:
    """Run both on the same two clouds."""
    drawn = bench.run(bench.ours("vectors", "vectors", rows=ROWS, dimensions=DIMENSIONS, to=str(bench.folder))).values
    job = {**drawn, "seed": 1}
    turns = bench.alternate(bench.ours("frontier", **job), bench.peer("divergence_frontier", "mauve-text", **job))
    ours, theirs = (ran.values["area"] for ran in turns[-1])
    criteria = [
        Criterion.at_least("times faster", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_most("difference of the area", abs(ours - theirs), APART),
    ]
    sides = [
        Side.of(turns, place, name, {"area": turns[-1][place].values["area"]})
        for place, name in enumerate(("Outcross", "mauve-text"))
    ]
    notes = [
        "Either side finds cells of its own by k-means: mauve-text takes the tightest of five, Outcross the mean of "
        "the areas of three, which differ by about .005 from one partition to the next.",
        "mauve-text is under the GPL and is no dependency of Outcross, whose version is written from the papers.",
    ]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="frontier",
    work="divergence frontier, 5,000 samples a side",
    peer="mauve-text `compute_mauve`",
    about=f"{ROWS:,} real and {ROWS:,} synthetic vectors of {DIMENSIONS} numbers, as in `neighbours`, put into 500 "
    "cells by k-means; the area under the frontier of the two histograms, c = 5.",
    measure=measure,
    peers=True,
)
