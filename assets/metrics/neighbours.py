"""Precision, recall, density and coverage: the overlap of the real and the synthetic manifold (k-NN)."""

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
        "how deep synthetic rows are inside the real manifold (k-NN)",
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
    """The overlap of two manifolds, point by point.

    Attributes:
        balls: (synthetic rows,) number of balls of real points that contain each synthetic point.
        recalled: (real rows,) whether a ball of a synthetic point contains the real point.
        covered: (real rows,) whether the ball of the real point contains a synthetic point.
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
        """Return precision, recall, density and coverage.

        Sources: Kynkäänniemi et al. 2019 (arXiv 1904.06991) for the first two, Naeem et al. 2020 (arXiv 2002.09797) for
        the others. Standard errors are those of a mean over independent rows, with the other side fixed. Real rows
        share balls, so that of coverage is up to a third too small.
        """
        return [
            Measurement.of_mean("precision", self.balls > 0),
            Measurement.of_mean("density", self.balls / self.neighbours),
            Measurement.of_mean("recall", self.recalled),
            Measurement.of_mean("coverage", self.covered),
        ]


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure precision, density, recall and coverage with k = 5 in the probe's embedding.

    Recall and coverage rise with the number of synthetic rows: compare generations with equally many.
    """
    synthetic, reference = comparison.views
    return Fidelity.compare(synthetic.manifold, reference.manifold).measurements()


METRIC = RowMetric(
    name="neighbours",
    modalities=ANY,
    measure=measure,
    endpoints=ENDPOINTS,
)
