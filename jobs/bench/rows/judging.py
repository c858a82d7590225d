"""What the judge says of sampled rows."""

import statistics
from collections.abc import Sequence
from typing import Any

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import Turn

Scores = dict[str, float]


def judge(bench: Bench, turns: Sequence[Turn], place: int, job: dict[str, Any], *, of: str) -> Scores:
    """Let the judge look at what a program sampled in each turn; medians of its scores."""
    programs = [
        bench.peer("judge", f"judge of {of}", **{**job, "sampled": turn[place].values["sampled"]}) for turn in turns
    ]
    found = [bench.run(program).values for program in programs]
    return {name: statistics.median(each[name] for each in found) for name in found[0]}
