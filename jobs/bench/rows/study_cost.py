"""Row ``study_cost``: growth of a study's time and memory with its size."""

import itertools
from collections.abc import Sequence
from typing import Any

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.child import Run
from outcross.jobs.bench.ratios import Measure, Turn, median_ratio, median_value, seconds
from outcross.jobs.bench.row import Criterion, Finding, Row, Side

Size = dict[str, int]

BASE: Size = {"rows": 2_000, "generations": 3, "replicates": 2}
TIMES = (2, 4)
LINEAR, NOISE = 2.0, 0.1
FEWEST_MB = 20.0
"""Lower bound of the measured memory above the warm process; smaller amounts depend on the allocator."""


def measure(
    bench: Bench,
    *,
    base: Size | None = None,
    times: Sequence[int] = TIMES,
    settings: dict[str, Any] | None = None,
    checks: bool = True,
) -> Finding:
    """Run the base study, then each of its sizes multiplied by ``times``; ``settings`` sets other keys of the study."""
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
            Criterion.at_most(f"memory, {name} doubled", _growth(turns, steps[-2:], _memory_growth_mb), LINEAR + NOISE)
        )
    sides = [
        Side.of(
            turns, place, name, {"memory above the warm process, MB": median_value(turns, place, _memory_growth_mb)}
        )
        for place, name in enumerate(sizes)
    ]
    notes = [
        "A ratio is the larger of 2 × over base and 4 × over 2 ×, so that a fixed cost does not hide growth. "
        f"Linear growth is 2; {NOISE:g} is allowed for noise.",
        "Memory is the process's peak above its peak after a very small study, which imports every library; at least "
        f"{FEWEST_MB:g} MB, since smaller amounts depend on the allocator. Its ratio is 4 × over 2 × alone: the peak "
        "of the small study hides most of the memory at base size.",
    ]
    return Finding(criteria, sides, notes)


def _memory_growth_mb(run: Run) -> float:
    result: float = max(run.peak_mb - run.values["before_mb"], FEWEST_MB)
    return result


def _growth(turns: Sequence[Turn], steps: Sequence[int], of: Measure) -> float:
    """Return the largest median ratio of a size to the one before."""
    ratios = itertools.pairwise(steps)
    return max(median_ratio(turns, over=larger, under=smaller, of=of) for smaller, larger in ratios)


ROW = Row(
    name="study_cost",
    work="a study with its rows, generations or replicates doubled, and doubled again",
    peer="the same study, smaller",
    about=f"A copula study of one arm with half of its rows real, in a plain loop with every metric and check. Base "
    f"size: {BASE['rows']:,} rows, {BASE['generations']} generations, {BASE['replicates']} replicates. "
    "One thread, as in studies.",
    measure=measure,
    peers=False,
)
