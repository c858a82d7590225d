"""Row ``shapes``: the two scores of SDMetrics' quality report."""

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

FASTER, APART = 10, 0.01


def measure(bench: Bench) -> Finding:
    """Run both on the same two tables."""
    job = bench.tables()
    job |= {"real": job["many"], "synthetic": job["many_synthetic"]}
    turns = bench.alternate(bench.ours("shapes", **job), bench.peer("quality", "SDMetrics", **job))
    ours, theirs = (run.values for run in turns[-1])
    criteria = [Criterion.at_least("times faster", median_ratio(turns, over=1, under=0), FASTER)]
    criteria += [
        Criterion.at_most(f"{name.replace('_', ' ')}, difference", abs(ours[name] - theirs[name]), APART)
        for name in ("column_shapes", "pair_trends")
    ]
    sides = [Side.of(turns, 0, "Outcross", ours), Side.of(turns, 1, "SDMetrics", theirs)]
    notes = [
        "SDMetrics' report draws 50,000 rows for each pair with a categorical column; Outcross counts all rows.",
        "Since 0.32 that report omits pairs of columns with a weak association in the real rows "
        f"(`pair_trends_by_default`, {theirs['pair_trends_by_default']:.4f}). `pair_trends` is its score with those "
        "thresholds at 0, which is what Outcross computes. The timed report has default settings; "
        "the second report, for the score, counts only in the time of the whole process.",
    ]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="shapes",
    work="column shapes and pair trends, 100,000 rows per side",
    peer="SDMetrics `QualityReport`",
    about="The mean similarity of single columns and of pairs of columns. The real table is drawn with replacement "
    "from the data; the synthetic table is sampled from a Gaussian copula fitted to the real one.",
    measure=measure,
    peers=True,
)
