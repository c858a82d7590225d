"""Scores of sampled rows, computed by one judge for all generators."""

import statistics
from collections.abc import Sequence
from typing import Any

from outcross.jobs.bench.bench import Bench
from outcross.jobs.bench.ratios import Turn

Scores = dict[str, float]


def judge(bench: Bench, turns: Sequence[Turn], place: int, job: dict[str, Any], *, of: str) -> Scores:
    """Score the rows that a program sampled in each turn, and return the medians over turns: name → score."""
    programs = [
        bench.peer("judge", f"judge of {of}", **{**job, "sampled": turn[place].values["sampled"]}) for turn in turns
    ]
    scores = [bench.run(program).values for program in programs]
    return {name: statistics.median(each[name] for each in scores) for name in scores[0]}
