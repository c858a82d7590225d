"""Two empirical distribution functions side by side."""

import numpy as np


def cumulative_gap(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct values of two samples, ascending, and F − G from each of them to the next.

    Args:
        x: (values,) ascending, at least one; F is their empirical distribution function.
        y: the same of the other sample, with G.
    """
    points = np.union1d(_distinct(x), _distinct(y))
    of_x, of_y = (np.searchsorted(side, points, side="right") for side in (x, y))
    return points, of_x / len(x) - of_y / len(y)


def _distinct(ascending: np.ndarray) -> np.ndarray:
    return ascending[np.append(True, ascending[1:] != ascending[:-1])]
