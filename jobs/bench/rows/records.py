"""Row ``records``: distance to the closest record (DCR)."""

import numpy as np

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

FASTER, APART = 50, 1e-6


def measure(bench: Bench) -> Finding:
    """Run both, and compare their distances row by row."""
    job = bench.tables()
    job |= {"real": job["some"], "synthetic": job["some_synthetic"]}
    turns = bench.alternate(bench.ours("records", **job), bench.peer("closest_records", "SDMetrics", **job))
    ours, theirs = (np.load(run.values["distances"]) for run in turns[-1])
    criteria = [
        Criterion.at_least("times faster", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_most("largest difference of a row's distance", float(np.abs(ours - theirs).max()), APART),
    ]
    sides = [
        Side.of(turns, place, name, {"median distance": turns[-1][place].values["median"]})
        for place, name in enumerate(("Outcross", "SDMetrics"))
    ]
    notes = ["Outcross sums in single precision, which causes differences in the eighth digit."]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="records",
    work="distance to the closest record (DCR), 10,000 rows to 10,000 records",
    peer="SDMetrics `calculate_dcr`",
    about="Minimum Gower distance of each synthetic row over all records: what `DCRBaselineProtection` and "
    "`DCROverfittingProtection` compute, without subsampling of rows.",
    measure=measure,
    peers=True,
)
