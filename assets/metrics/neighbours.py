"""Precision, recall, density, coverage: whether synthetic rows lie where real ones do, and wherever they do."""

from dataclasses import dataclass

import numpy as np

from outcross.assets.instruments.manifold import Manifold, squared_distances
from outcross.assets.metrics.contract import ANY, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "precision",
        Definition.SHAPE_DEFORMS,
        Reading.HALLUCINATED,
        "higher",
        "share of synthetic rows inside the real manifold (k-NN)",
    ),
    Endpoint(
        "density",
        Definition.SHAPE_DEFORMS,
        Reading.HALLUCINATED,
        "higher",
        "how deep synthetic rows lie in the real manifold (k-NN)",
    ),
    Endpoint(
        "recall",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "higher",
        "share of real rows inside the synthetic manifold (k-NN)",
    ),
    Endpoint(
        "coverage",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "higher",
        "share of real rows with a synthetic row among their neighbours",
    ),
)


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
        pairs = squared_distances(synthetic.points, synthetic.squared_norms, real.points, real.squared_norms)
        for start, distances in pairs:
            rows = slice(start, start + len(distances))
            inside = distances <= real.squared_radii
            balls[rows] = np.bitwise_count(np.packbits(inside, axis=1)).sum(axis=1)
            covered |= inside.any(axis=0)
            recalled |= (distances <= synthetic.squared_radii[rows, None]).any(axis=0)
        return cls(balls, recalled, covered, real.neighbours)

    def measurements(self) -> list[Measurement]:
        """Precision, recall (Kynkäänniemi et al. 2019, arXiv 1904.06991), density, coverage (Naeem et al. 2020).

        Standard errors are those of a mean over independent rows, the other side held fixed.
        """
        return [
            Measurement.of_mean("precision", self.balls > 0),
            Measurement.of_mean("density", self.balls / self.neighbours),
            Measurement.of_mean("recall", self.recalled),
            Measurement.of_mean("coverage", self.covered),
        ]


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure precision, density, recall and coverage with k = 5 in the probe's embedding.

    Recall and coverage rise with the number of synthetic rows: compare generations of equally many.
    """
    synthetic, reference = comparison.views
    return Fidelity.compare(synthetic.manifold, reference.manifold).measurements()


METRIC = RowMetric(
    name="neighbours",
    modalities=ANY,
    measure=measure,
    endpoints=ENDPOINTS,
)
