"""Row ``frontier``: area under the divergence frontier."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

FASTER, APART = 1, 0.02
ROWS, DIMENSIONS = 5_000, 64


def measure(bench: Bench) -> Finding:
    """Run both on the same two sets of vectors."""
    drawn = bench.run(bench.ours("vectors", "vectors", rows=ROWS, dimensions=DIMENSIONS, to=str(bench.folder))).values
    job = {**drawn, "seed": 1}
    turns = bench.alternate(bench.ours("frontier", **job), bench.peer("divergence_frontier", "mauve-text", **job))
    ours, theirs = (run.values["area"] for run in turns[-1])
    criteria = [
        Criterion.at_least("times faster", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_most("difference of the area", abs(ours - theirs), APART),
    ]
    sides = [
        Side.of(turns, place, name, {"area": turns[-1][place].values["area"]})
        for place, name in enumerate(("Outcross", "mauve-text"))
    ]
    notes = [
        "Either side partitions the vectors by k-means of its own: mauve-text uses the tightest of five partitions, "
        "Outcross the mean area of three, which differ by about 0.005 from each other.",
        "mauve-text is under the GPL and is no dependency of Outcross, which implements the papers independently.",
    ]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="frontier",
    work="divergence frontier, 5,000 samples per side",
    peer="mauve-text `compute_mauve`",
    about=f"{ROWS:,} real and {ROWS:,} synthetic vectors of {DIMENSIONS} numbers, as in `neighbours`, in 500 cells of "
    "k-means; the area under the frontier of the two histograms, c = 5.",
    measure=measure,
    peers=True,
)
