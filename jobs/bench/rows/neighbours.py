"""Row ``neighbours``: precision, recall, density and coverage."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio, peak
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

FASTER, LEANER, APART = 2, 4, 1e-6
ROWS, DIMENSIONS, NEIGHBOURS = 20_000, 64, 5
METRICS = ("precision", "recall", "density", "coverage")


def measure(bench: Bench) -> Finding:
    """Run both on the same two clouds."""
    drawn = bench.run(bench.ours("vectors", "vectors", rows=ROWS, dimensions=DIMENSIONS, to=str(bench.folder))).values
    job = {**drawn, "neighbours": NEIGHBOURS}
    turns = bench.alternate(bench.ours("neighbours", **job), bench.peer("manifold_metrics", "prdc", **job))
    ours, theirs = (ran.values for ran in turns[-1])
    criteria = [
        Criterion.at_least("times faster", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_least("times less memory", median_ratio(turns, over=1, under=0, of=peak), LEANER),
        Criterion.at_most("largest difference", max(abs(ours[name] - theirs[name]) for name in METRICS), APART),
    ]
    sides = [
        Side.of(turns, place, name, {metric: turns[-1][place].values[metric] for metric in METRICS})
        for place, name in enumerate(("Outcross", "prdc"))
    ]
    notes = [
        "A ball's surface belongs to it in Outcross and not in prdc, so that the two differ where rows are exact "
        "copies; these vectors have none."
    ]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="neighbours",
    work="precision, recall, density and coverage, 20,000 × 64 a side",
    peer="prdc `compute_prdc`",
    about=f"All pairs of {ROWS:,} real and {ROWS:,} synthetic vectors of {DIMENSIONS} numbers in double precision, k = "
    f"{NEIGHBOURS}: mixtures of clusters with correlated coordinates, of which the synthetic rows lack three. "
    "Memory is the peak of the whole process.",
    measure=measure,
    peers=True,
)
