"""Row ``neighbours``: precision, recall, density and coverage."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio, peak
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

FASTER, LEANER, APART = 2, 4, 1e-6
ROWS, DIMENSIONS, NEIGHBOURS = 20_000, 64, 5
METRICS = ("precision", "recall", "density", "coverage")


def measure(bench: Bench) -> Finding:
    """Run both on the same two sets of vectors."""
    drawn = bench.run(bench.ours("vectors", "vectors", rows=ROWS, dimensions=DIMENSIONS, to=str(bench.folder))).values
    job = {**drawn, "neighbours": NEIGHBOURS}
    turns = bench.alternate(bench.ours("neighbours", **job), bench.peer("manifold_metrics", "prdc", **job))
    ours, theirs = (run.values for run in turns[-1])
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
        "The surface of a nearest-neighbour ball belongs to it in Outcross and not in prdc, so that the two differ if "
        "rows are exact copies; these vectors have none."
    ]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="neighbours",
    work="precision, recall, density and coverage, 20,000 × 64 per side",
    peer="prdc `compute_prdc`",
    about=f"All pairs of {ROWS:,} real and {ROWS:,} synthetic vectors of {DIMENSIONS} numbers in double precision, k = "
    f"{NEIGHBOURS}. The vectors are mixtures of clusters with correlated coordinates; the synthetic ones lack three "
    "clusters. Memory is the peak of the whole process.",
    measure=measure,
    peers=True,
)
