"""Linear models of many replicates at once: least squares, and where new features come from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from outcross.resources.errors import BadInput
from outcross.resources.seeds import generator

Design = Literal["same", "fresh"]
"""Whether synthetic rows relabel the features of the training rows, or get new ones from N(0, I)."""


def least_squares(features: np.ndarray, targets: np.ndarray, weights: np.ndarray, *, kind: str) -> np.ndarray:
    """Solve weighted least squares without intercept for K replicates.

    Args:
        features: (K, M, d).
        targets: (K, M).
        weights: (K, M).
        kind: of the generator, for the message.

    Returns the coefficients (K, d).

    Raises:
        BadInput: a replicate has fewer rows than features, or features that depend on each other.
    """
    weighted = features * weights[..., np.newaxis]
    normal = weighted.transpose(0, 2, 1) @ features
    moment = (weighted.transpose(0, 2, 1) @ targets[..., np.newaxis])[..., 0]
    smallest = np.linalg.eigvalsh(normal)[:, 0]
    if features.shape[1] < features.shape[2] or (smallest <= 1e-10 * np.trace(normal, axis1=1, axis2=2)).any():
        raise BadInput(
            f"generator '{kind}': a replicate has {features.shape[1]} rows for {features.shape[2]} features that are "
            "not independent; raise 'rows', or drop columns"
        )
    return np.linalg.solve(normal, moment[..., np.newaxis])[..., 0]


@dataclass(frozen=True)
class Features:
    """Where the features of synthetic rows come from.

    Attributes:
        design: whether they are those of the training rows.
        training: features of the training rows that synthetic ones repeat, per replicate (M, d); empty where fresh.
        dimensions: d.
    """

    design: Design
    training: list[np.ndarray]
    dimensions: int

    def draw(
        self, replicates: Sequence[int], seeds: Mapping[int, int], rows: int
    ) -> tuple[np.ndarray, list[np.random.Generator]]:
        """Return features (K, rows, d), and each replicate's stream for what is drawn next.

        Raises:
            BadInput: the design has fewer rows than are asked for.
        """
        streams = [generator(seeds[number]) for number in replicates]
        if self.design == "fresh":
            return np.stack([stream.standard_normal((rows, self.dimensions)) for stream in streams]), streams
        shortest = min(len(features) for features in self.training)
        if shortest < rows:
            raise BadInput(
                f"'design: same' can relabel the {shortest:,} rows of its design, {rows:,} are asked for; "
                "use 'design: fresh', or a policy that asks for no more than 'rows'"
            )
        return np.stack([features[:rows] for features in self.training]), streams
