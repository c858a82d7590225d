"""Ratios and medians over the turns of alternating programs."""

import statistics
from collections.abc import Callable, Sequence

from outcross.jobs.bench.child import Run

Turn = Sequence[Run]
"""The runs of several programs, one after the other; one run per program."""

Measure = Callable[[Run], float]


def seconds(run: Run) -> float:
    """Return the seconds of the work."""
    return run.seconds


def peak(run: Run) -> float:
    """Return the peak memory, 10⁶ bytes."""
    return run.peak_mb


def median_ratio(turns: Sequence[Turn], *, over: int, under: int, of: Measure = seconds) -> float:
    """Return the median over turns of one program's measure ÷ another's; machine drift affects both of a turn alike."""
    return statistics.median(of(turn[over]) / of(turn[under]) for turn in turns)


def median_value(turns: Sequence[Turn], place: int, of: Measure = seconds) -> float:
    """Return the median over turns of one program's measure."""
    return statistics.median(of(turn[place]) for turn in turns)
