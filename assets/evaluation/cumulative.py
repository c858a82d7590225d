"""Two empirical distribution functions side by side."""

import numpy as np


def cumulative_gap(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The distinct values of two samples, ascending, and F − G from each of them to the next.

    Args:
        x: (values,) ascending, at least one; F is their empirical distribution function.
        y: the same of the other sample, with G.
    """
    both = np.concatenate([x, y])
    order = both.argsort(kind="stable")
    points = both[order]
    last = np.append(points[1:] != points[:-1], True)
    of_x = np.cumsum(order < len(x))[last]
    of_both = np.flatnonzero(last) + 1
    return points[last], of_x / len(x) - (of_both - of_x) / len(y)
