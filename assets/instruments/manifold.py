"""k-NN manifold of a cloud: balls around its points that reach to their k-th nearest neighbours."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from outcross.assets.instruments.drawing import draw_rows

NEIGHBOURS = 5
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
    """

    points: np.ndarray
    squared_norms: np.ndarray
    squared_radii: np.ndarray
    neighbours: int

    @classmethod
    def build(cls, points: np.ndarray, *, neighbours: int = NEIGHBOURS) -> "Manifold":
        """Find every point's k-th nearest neighbour among the others, by comparing all pairs."""
        neighbours = min(neighbours, len(points) - 1)
        norms = (points**2).sum(axis=1)
        radii = np.empty(len(points))
        for start, found in squared_distances(points, norms, points, norms):
            rows = np.arange(len(found))
            found[rows, start + rows] = np.inf
            radii[start + rows] = np.maximum(_kth_least(found, neighbours), 0.0)
        return cls(points, norms, radii * (1 + ROUNDING) + ROUNDING * norms, neighbours)


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


def _kth_least(distances: np.ndarray, k: int) -> np.ndarray:
    """Return (rows,) the k-th least of each row; it is in one of the k groups of columns with the least minima."""
    rows, columns = distances.shape
    groups = columns // GROUP
    if groups <= k:
        return np.partition(distances, k - 1, axis=1)[:, k - 1]
    grouped = distances[:, : groups * GROUP].reshape(rows, GROUP, groups)
    near = np.argpartition(grouped.min(axis=1), k - 1, axis=1)[:, None, :k]
    found = np.take_along_axis(grouped, near, axis=2).reshape(rows, GROUP * k)
    found = np.concatenate([found, distances[:, groups * GROUP :]], axis=1)
    return np.partition(found, k - 1, axis=1)[:, k - 1]
