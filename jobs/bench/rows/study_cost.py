"""Row ``study_cost``: how a study's time and memory grow with its size."""

import itertools
from collections.abc import Sequence
from typing import Any

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.child import Ran
from outcross.jobs.bench.ratios import Measure, Turn, median_ratio, median_value, seconds
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

Size = dict[str, int]

BASE: Size = {"rows": 2_000, "generations": 3, "replicates": 2}
TIMES = (2, 4)
LINEAR, NOISE = 2.0, 0.1
FEWEST_MB = 20.0
"""Memory above the warm process that counts at least: less is the allocator's doing."""


def measure(
    bench: Bench,
    *,
    base: Size | None = None,
    times: Sequence[int] = TIMES,
    settings: dict[str, Any] | None = None,
    checks: bool = True,
) -> Finding:
    """Run the base study, and each of its sizes grown by ``times``; ``settings`` changes other keys of it."""
    small = base or BASE
    sizes = {"base": small} | {
        f"{factor} × {name}": {**small, name: factor * small[name]} for name in small for factor in times
    }
    job = {**bench.tables(), "checks": checks, "settings": settings or {}}
    turns = bench.with_threads(1).alternate(
        *(bench.ours("study_cost", name, size=size, **job) for name, size in sizes.items())
    )
    order, criteria = list(sizes), []
    for name in small:
        steps = [order.index(each) for each in ("base", *(f"{factor} × {name}" for factor in times))]
        criteria.append(Criterion.at_most(f"time, {name} doubled", _growth(turns, steps, seconds), LINEAR + NOISE))
        criteria.append(
            Criterion.at_most(f"memory, {name} doubled", _growth(turns, steps[-2:], _grown), LINEAR + NOISE)
        )
    sides = [
        Side.of(turns, place, name, {"memory above the warm process, MB": median_value(turns, place, _grown)})
        for place, name in enumerate(sizes)
    ]
    notes = [
        "A ratio is the larger of 2 × against base and 4 × against 2 ×, so that a fixed cost does not hide growth. "
        f"Linear growth is 2; {NOISE:g} is allowed for noise.",
        "Memory is the process's peak above its peak after a very small study, which loads every library; "
        f"{FEWEST_MB:g} MB at least, since less is the allocator's doing. Its ratio is that of the largest step: "
        "that small study's own peak hides most of the base.",
    ]
    return Finding(criteria, sides, notes)


def _grown(ran: Ran) -> float:
    return max(ran.peak_mb - ran.values["before_mb"], FEWEST_MB)


def _growth(turns: Sequence[Turn], steps: Sequence[int], of: Measure) -> float:
    """The larger of the median ratios of a step to the one before."""
    ratios = itertools.pairwise(steps)
    return max(median_ratio(turns, over=larger, under=smaller, of=of) for smaller, larger in ratios)


ROW = Row(
    name="study_cost",
    work="a study with its rows, generations or replicates doubled, and doubled again",
    peer="the same study, smaller",
    about=f"A copula study of one arm, half of whose rows are real, in a plain loop with every metric and check: "
    f"{BASE['rows']:,} rows, {BASE['generations']} generations, {BASE['replicates']} replicates at its base. "
    "One thread, as studies have.",
    measure=measure,
    peers=False,
)
