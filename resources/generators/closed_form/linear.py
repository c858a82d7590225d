"""Linear models, batched over replicates: weighted least squares, and the source of synthetic features."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from outcross.resources.errors import BadInput
from outcross.resources.seeds import generator

Design = Literal["same", "fresh"]
"""Source of synthetic features: ``same`` reuses those of the training rows, ``fresh`` draws new ones from N(0, I)."""


def least_squares(features: np.ndarray, targets: np.ndarray, weights: np.ndarray, *, kind: str) -> np.ndarray:
    """Solve weighted least squares without intercept for K replicates.

    Args:
        features: (K, M, d).
        targets: (K, M).
        weights: (K, M).
        kind: kind of the generator, for the message.

    Returns the coefficients (K, d).

    Raises:
        BadInput: a replicate has fewer rows than features, or its features are linearly dependent.
    """
    weighted = features * weights[..., np.newaxis]
    normal = weighted.transpose(0, 2, 1) @ features
    moment = (weighted.transpose(0, 2, 1) @ targets[..., np.newaxis])[..., 0]
    smallest = np.linalg.eigvalsh(normal)[:, 0]
    if features.shape[1] < features.shape[2] or (smallest <= 1e-10 * np.trace(normal, axis1=1, axis2=2)).any():
        raise BadInput(
            f"generator '{kind}': a replicate has {features.shape[1]} rows for {features.shape[2]} features that are "
            "not linearly independent; raise 'rows', or drop columns"
        )
    return np.linalg.solve(normal, moment[..., np.newaxis])[..., 0]


@dataclass(frozen=True)
class Features:
    """The source of synthetic features.

    Attributes:
        design: see :data:`Design`.
        training: features of the training rows of each replicate (M, d); empty under ``fresh``.
        dimensions: d.
    """

    design: Design
    training: list[np.ndarray]
    dimensions: int

    def draw(
        self, replicates: Sequence[int], seeds: Mapping[int, int], rows: int
    ) -> tuple[np.ndarray, list[np.random.Generator]]:
        """Return features (K, rows, d), and the random stream of each replicate for the next draws.

        Raises:
            BadInput: the design has fewer rows than requested.
        """
        streams = [generator(seeds[number]) for number in replicates]
        if self.design == "fresh":
            return np.stack([stream.standard_normal((rows, self.dimensions)) for stream in streams]), streams
        shortest = min(len(features) for features in self.training)
        if shortest < rows:
            raise BadInput(
                f"'design: same' can relabel the {shortest:,} rows of its design, but {rows:,} are requested; "
                "use 'design: fresh', or a policy that requests at most 'rows'"
            )
        return np.stack([features[:rows] for features in self.training]), streams
