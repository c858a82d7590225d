"""Ratios of programs that ran in turn."""

import statistics
from collections.abc import Callable, Sequence

from outcross.jobs.bench.child import Ran

Turn = Sequence[Ran]
"""What each of some programs took when all of them ran one after the other."""

Measure = Callable[[Ran], float]


def seconds(ran: Ran) -> float:
    """Of the work."""
    return ran.seconds


def peak(ran: Ran) -> float:
    """Of the memory."""
    return ran.peak_mb


def median_ratio(turns: Sequence[Turn], *, over: int, under: int, of: Measure = seconds) -> float:
    """Median over turns of one program's measure ÷ another's: drift of the machine hits both of a turn alike."""
    return statistics.median(of(turn[over]) / of(turn[under]) for turn in turns)


def median_value(turns: Sequence[Turn], place: int, of: Measure = seconds) -> float:
    """Median over turns of one program's measure."""
    return statistics.median(of(turn[place]) for turn in turns)
