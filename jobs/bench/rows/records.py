"""Row ``records``: distances to the closest record."""

import numpy as np

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import median_ratio
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

FASTER, APART = 50, 1e-6


def measure(bench: Bench) -> Finding:
    """Run both, and compare what they found row by row."""
    job = bench.tables()
    job |= {"real": job["some"], "synthetic": job["some_synthetic"]}
    turns = bench.alternate(bench.ours("records", **job), bench.peer("closest_records", "SDMetrics", **job))
    ours, theirs = (np.load(ran.values["distances"]) for ran in turns[-1])
    criteria = [
        Criterion.at_least("times faster", median_ratio(turns, over=1, under=0), FASTER),
        Criterion.at_most("largest difference of a row's distance", float(np.abs(ours - theirs).max()), APART),
    ]
    sides = [
        Side.of(turns, place, name, {"median distance": turns[-1][place].values["median"]})
        for place, name in enumerate(("Outcross", "SDMetrics"))
    ]
    notes = ["Outcross adds up in single precision, hence differences in the eighth digit."]
    return Finding(criteria, sides, notes)


ROW = Row(
    name="records",
    work="distance to the closest record, 10,000 rows to 10,000 records",
    peer="SDMetrics `calculate_dcr`",
    about="Gower distances of all pairs of a synthetic row and a record, of which the least is kept for each row: what "
    "`DCRBaselineProtection` and `DCROverfittingProtection` compute, without drawing rows.",
    measure=measure,
    peers=True,
)
