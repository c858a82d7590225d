"""Steps, batch size and learning-rate schedule of a training."""

from dataclasses import dataclass

WARM_UP = 0.1
"""Share of the steps in which the learning rate rises; it falls over the rest."""


@dataclass(frozen=True, kw_only=True)
class TrainingPlan:
    """Training hyperparameters; families add their own.

    Attributes:
        steps: optimiser steps.
        batch: rows (or token windows) of each replicate in a step.
        peak: highest learning rate.
    """

    steps: int
    batch: int
    peak: float

    def rate(self, step: int) -> float:
        """Return the learning rate at a step: it rises linearly to its peak, then falls linearly to zero."""
        return self.peak * _share_of_peak(step, self.steps)


def _share_of_peak(step: int, steps: int) -> float:
    peak = max(1.0, WARM_UP * steps)
    return min((step + 1) / peak, (steps - step) / max(steps - peak, 1.0), 1.0)
