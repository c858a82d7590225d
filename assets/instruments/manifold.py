"""k-NN manifold of a cloud: balls around its points that reach to their k-th nearest neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from outcross.assets.instruments.drawing import draw_rows

NEIGHBOURS = 5
BEYOND = 10
"""Further neighbours over which the growth of a ball is averaged that loses one of its neighbours."""
MOST_ROWS = 5_000
"""Most rows of either side that are compared; of more, a sample is drawn by seed. Time grows with its square."""
CHUNK = 1_024
"""Rows whose distances to all others are in memory at one time."""
GROUP = 16
"""Columns of a group; only the groups with the least minima are searched for the k-th least distance."""
ROUNDING = 1e-12
"""Rounding error of a squared distance, as a share of the point's squared norm; with it, copies count as near."""


@dataclass(frozen=True)
class Manifold:
    """Balls around the points of a cloud; each radius is the distance to the point's k-th nearest neighbour.

    Attributes:
        points: (rows, dimensions).
        squared_norms: (rows,) squared norms of the points.
        squared_radii: (rows,) squared radii of the balls, which are closed.
        neighbours: k, or fewer if the cloud has fewer other points.
        nearest: (rows, k) numbers of each point's neighbours; of equally distant ones, any.
        squared_reach: (rows,) squared distance to the (k + ``beyond``)-th neighbour, for standard errors.
        beyond: ``BEYOND``, or fewer if the cloud has fewer other points.
    """

    points: np.ndarray
    squared_norms: np.ndarray
    squared_radii: np.ndarray
    neighbours: int
    nearest: np.ndarray
    squared_reach: np.ndarray
    beyond: int

    @classmethod
    def build(cls, points: np.ndarray, *, neighbours: int = NEIGHBOURS) -> "Manifold":
        """Find every point's k-th nearest neighbour among the others, by comparing all pairs."""
        neighbours = min(neighbours, len(points) - 1)
        beyond = min(BEYOND, len(points) - 1 - neighbours)
        norms = (points**2).sum(axis=1)
        radii, reach = np.empty((2, len(points)))
        nearest = np.empty((len(points), neighbours), dtype=np.intp)
        for start, found in squared_distances(points, norms, points, norms):
            rows = np.arange(len(found))
            found[rows, start + rows] = np.inf
            least, places = _least(found, neighbours + beyond)
            nearest[start + rows] = places[:, :neighbours]
            radii[start + rows], reach[start + rows] = np.maximum(least[:, [neighbours - 1, -1]], 0.0).T
        slack = ROUNDING * norms
        return cls(
            points, norms, radii * (1 + ROUNDING) + slack, neighbours, nearest, reach * (1 + ROUNDING) + slack, beyond
        )


def sample_points(points: np.ndarray, seed: int) -> np.ndarray:
    """Return at most ``MOST_ROWS`` of the points, drawn without replacement, in their order."""
    return draw_rows(points, MOST_ROWS, seed)


def squared_distances(
    x: np.ndarray, x_norms: np.ndarray, y: np.ndarray, y_norms: np.ndarray
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the first row of each chunk of x and its squared distances (chunk, len(y)) to all of y.

    Rounding may put distances of copies slightly below 0.
    """
    for start in range(0, len(x), CHUNK):
        rows = slice(start, start + CHUNK)
        distances = (-2.0 * x[rows]) @ y.T
        distances += x_norms[rows, None]
        distances += y_norms
        yield start, distances


def _least(distances: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return (rows, count) the least of each row, ascending, and their columns.

    They are in the ``count`` groups of columns with the least minima.
    """
    rows, columns = distances.shape
    groups = columns // GROUP
    if groups <= count:
        places = np.argpartition(distances, count - 1, axis=1)[:, :count]
    else:
        grouped = distances[:, : groups * GROUP].reshape(rows, GROUP, groups)
        near = np.argpartition(grouped.min(axis=1), count - 1, axis=1)[:, None, :count]
        candidates = (near + groups * np.arange(GROUP)[:, None]).reshape(rows, GROUP * count)
        others = np.broadcast_to(np.arange(groups * GROUP, columns), (rows, columns - groups * GROUP))
        candidates = np.concatenate([candidates, others], axis=1)
        found = np.take_along_axis(distances, candidates, axis=1)
        places = np.take_along_axis(candidates, np.argpartition(found, count - 1, axis=1)[:, :count], axis=1)
    least = np.take_along_axis(distances, places, axis=1)
    order = np.argsort(least, axis=1)
    return np.take_along_axis(least, order, axis=1), np.take_along_axis(places, order, axis=1)
