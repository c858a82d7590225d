"""Nearest records of each row by Euclidean distance in an embedding."""

import numpy as np

from outcross.assets.instruments.gower import Nearest
from outcross.assets.instruments.manifold import ROUNDING, squared_distances


def nearest_points(points: np.ndarray, records: np.ndarray) -> Nearest:
    """Find the two nearest records of every point, in Euclidean distance, by comparing all pairs in chunks.

    A distance that could be due to rounding alone is 0.

    Args:
        points: (rows, dimensions).
        records: (records, dimensions), at least one.
    """
    norms, record_norms = ((side**2).sum(axis=1) for side in (points, records))
    first, second = np.empty((2, len(points)))
    record = np.empty(len(points), dtype=np.intp)
    for start, distances in squared_distances(points, norms, records, record_norms):
        lines, at = np.arange(len(distances)), slice(start, start + len(distances))
        record[at] = distances.argmin(axis=1)
        first[at] = distances[lines, record[at]]
        distances[lines, record[at]] = np.inf
        second[at] = distances.min(axis=1)
    first, second = (np.where(found > ROUNDING * norms, found, 0.0) for found in (first, second))
    return Nearest(np.sqrt(first), np.sqrt(second), record)
