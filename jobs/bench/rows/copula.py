"""Row ``copula``: a Gaussian copula, fitted and sampled."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side
from outcross.jobs.bench.rows.judging import judge

FASTER = 5
ROWS = 100_000


def measure(bench: Bench) -> Finding:
    """Run both on the same table, and score the sampled rows with SDMetrics."""
    job = bench.tables()
    job |= {"training": job["many"], "rows": ROWS, "seed": 1, "classifiers": False}
    ours = bench.ours("generate", generator="copula", **job)
    theirs = bench.peer("synthesize", "SDV", synthesizer="GaussianCopula", settings={}, **job)
    turns = bench.alternate(ours, theirs)
    scores = [judge(bench, turns, place, job, of=name) for place, name in enumerate(("Outcross", "SDV"))]
    quality = [each["quality"] for each in scores]
    criteria = [
        Criterion.at_least("times faster", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_least("SDMetrics quality minus the peer's", quality[0] - quality[1], 0),
    ]
    sides = [Side.of(turns, 0, "Outcross", scores[0]), Side.of(turns, 1, "SDV", scores[1])]
    return Finding(criteria, sides)


ROW = Row(
    name="copula",
    work="Gaussian copula, fitted to 100,000 rows; 100,000 rows sampled",
    peer="SDV `GaussianCopulaSynthesizer`",
    about="Fit and sample with default settings on either side. Outcross's time includes the estimate of its training "
    "loss.",
    measure=measure,
    peers=True,
)
