"""Precision, recall, density, coverage: whether synthetic rows lie where real ones do, and wherever they do."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from assets.evaluation.contract import Comparison, Measurement
from resources.seeds import generator

NEIGHBOURS = 5
MOST_ROWS = 5_000
"""Rows of either side that are compared; of more, that many are drawn by seed. Time grows with the square of it."""
CHUNK = 1_024
"""Rows whose distances to all others are held at a time."""
ROUNDING = 1e-12
"""Share of a point's squared norm by which rounding may move a squared distance from it; makes copies count as near."""


@dataclass(frozen=True)
class Manifold:
    """The balls around the points of a cloud, each out to its point's k-th nearest neighbour in the cloud.

    Attributes:
        points: (rows, dimensions).
        squared_norms: (rows,) of the points.
        squared_radii: (rows,) of the balls, whose surface belongs to them.
        neighbours: k; fewer where the cloud has no k others.
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
        for start, distances in _distances(points, norms, points, norms):
            rows = np.arange(len(distances))
            distances[rows, start + rows] = np.inf
            radii[start + rows] = np.partition(distances, neighbours - 1, axis=1)[:, neighbours - 1]
        return cls(points, norms, radii * (1 + ROUNDING) + ROUNDING * norms, neighbours)


@dataclass(frozen=True)
class Fidelity:
    """What two manifolds have in common, point by point.

    Attributes:
        balls: (synthetic rows,) how many balls of real points each synthetic point lies in.
        recalled: (real rows,) whether a real point lies in a ball of a synthetic one.
        covered: (real rows,) whether a synthetic point lies in the ball of a real one.
        neighbours: k of the real manifold.
    """

    balls: np.ndarray
    recalled: np.ndarray
    covered: np.ndarray
    neighbours: int

    @classmethod
    def compare(cls, synthetic: Manifold, real: Manifold) -> "Fidelity":
        """Compare all pairs of a synthetic and a real point."""
        balls = np.zeros(len(synthetic.points), dtype=np.int64)
        recalled, covered = np.zeros((2, len(real.points)), dtype=bool)
        pairs = _distances(synthetic.points, synthetic.squared_norms, real.points, real.squared_norms)
        for start, distances in pairs:
            rows = slice(start, start + len(distances))
            inside = distances <= real.squared_radii
            balls[rows] = inside.sum(axis=1)
            covered |= inside.any(axis=0)
            recalled |= (distances <= synthetic.squared_radii[rows, None]).any(axis=0)
        return cls(balls, recalled, covered, real.neighbours)

    def measurements(self) -> list[Measurement]:
        """Precision, recall (Kynkäänniemi et al. 2019, arXiv 1904.06991), density, coverage (Naeem et al. 2020).

        Standard errors are those of a mean over independent rows, the other side held fixed.
        """
        return [
            _mean("precision", self.balls > 0),
            _mean("density", self.balls / self.neighbours),
            _mean("recall", self.recalled),
            _mean("coverage", self.covered),
        ]


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure precision, density, recall and coverage with k = 5 in the probe's embedding.

    Recall and coverage rise with the number of synthetic rows: compare generations of equally many.
    """
    synthetic, reference = comparison.probe.views(comparison)
    return Fidelity.compare(synthetic.manifold, reference.manifold).measurements()


def sample_points(points: np.ndarray, seed: int) -> np.ndarray:
    """At most ``MOST_ROWS`` of the points, drawn without replacement, in their order."""
    if len(points) <= MOST_ROWS:
        return points
    return points[np.sort(generator(seed).choice(len(points), MOST_ROWS, replace=False))]


def _mean(metric: str, values: np.ndarray) -> Measurement:
    return Measurement(metric, float(values.mean()), float(values.std() / np.sqrt(len(values))))


def _distances(
    x: np.ndarray, x_norms: np.ndarray, y: np.ndarray, y_norms: np.ndarray
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the first row of a chunk of x and its squared distances (chunk, len(y)) to all of y."""
    for start in range(0, len(x), CHUNK):
        rows = slice(start, start + CHUNK)
        distances = x[rows] @ y.T
        distances *= -2.0
        distances += x_norms[rows, None]
        distances += y_norms
        yield start, np.maximum(distances, 0.0, out=distances)
