"""Precision, recall, density and coverage: the overlap of the real and the synthetic manifold (k-NN)."""

from dataclasses import dataclass

import numpy as np

from outcross.assets.instruments.manifold import Manifold
from outcross.assets.instruments.overlap import Overlap
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
        synthetic: the synthetic points in the balls of the real ones.
        real: the real points in the balls of the synthetic ones.
        neighbours: k of the real manifold.
    """

    synthetic: Overlap
    real: Overlap
    neighbours: int

    @classmethod
    def compare(cls, synthetic: Manifold, real: Manifold) -> "Fidelity":
        """Compare all pairs of a synthetic and a real point."""
        return cls(Overlap.of(synthetic, real), Overlap.of(real, synthetic), real.neighbours)

    def measurements(self) -> list[Measurement]:
        """Return precision, recall, density and coverage.

        Sources: Kynkäänniemi et al. 2019 (arXiv 1904.06991) for the first two, Naeem et al. 2020 (arXiv 2002.09797) for
        the others. Standard errors include that rows share balls, and both sides' sampling, see
        :class:`outcross.assets.instruments.overlap.Overlap`.
        """
        balls, k = self.synthetic.balls, self.neighbours
        inside, deep, covered = self.synthetic.variances
        return [
            Measurement("precision", float((balls > 0).mean()), float(np.sqrt(inside))),
            Measurement("density", float((balls / k).mean()), float(np.sqrt(deep)) / k),
            Measurement("recall", float((self.real.balls > 0).mean()), float(np.sqrt(self.real.variances[0]))),
            Measurement("coverage", float((self.synthetic.hits > 0).mean()), float(np.sqrt(covered))),
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
