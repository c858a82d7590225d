"""The standard error of a comparison of two samples, from random halves of both."""

from collections.abc import Callable

import numpy as np

from outcross.assets.instruments.standard_error import NONE

HALVES = 16
"""Random halves that are measured: the error is then known to a sixth."""
FEWEST_ROWS = 8
"""Fewest rows of a side whose half is measured."""

Rows = np.ndarray
"""(half of the rows,) positions, ascending."""


def half_sample_error(
    measure: Callable[[Rows, Rows], float], rows: tuple[int, int], random: np.random.Generator
) -> float:
    """Return the deviation of a statistic over random halves of both sides, drawn without replacement.

    For what is linear in the rows this is its standard error: half of the rows have twice the variance, and of it half
    is shared with the whole (delete-d jackknife with d = n ÷ 2; Shao & Wu 1989, Annals of Statistics 17:1176). Unlike
    the jackknife of single rows it also serves where extremes of the sample decide, such as the edges of bins.

    Args:
        measure: the statistic of some rows of either side.
        rows: of either side; NaN where one has fewer than eight.
        random: draws the halves.
    """
    if min(rows) < FEWEST_ROWS:
        return NONE
    found = []
    for _ in range(HALVES):
        x, y = (np.sort(random.permutation(each)[: each // 2]) for each in rows)
        found.append(measure(x, y))
    return float(np.std(found, ddof=1))
