"""Difference of two empirical distribution functions."""

import numpy as np


def cumulative_gap(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the distinct values of two samples, ascending, and F − G from each of them to the next.

    Args:
        x: (values,) ascending, at least one, with empirical distribution function F.
        y: (values,) of the other sample, with empirical distribution function G.
    """
    points = np.union1d(_distinct(x), _distinct(y))
    of_x, of_y = (np.searchsorted(side, points, side="right") for side in (x, y))
    return points, of_x / len(x) - of_y / len(y)


def _distinct(ascending: np.ndarray) -> np.ndarray:
    result: np.ndarray = ascending[np.append(True, ascending[1:] != ascending[:-1])]
    return result
