"""What generators share whose networks are trained by gradient: settings, device, precision, budget, divergence."""

from collections.abc import Iterable
from math import isfinite
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort, Generator, Start
from outcross.resources.generators.fitting.hardware import (
    Device,
    FloatName,
    Precision,
    chosen_device,
    chosen_precision,
)

if TYPE_CHECKING:
    import torch

Steps = Annotated[int, Field(ge=1)]
Batch = Annotated[int, Field(ge=1)]
LearningRate = Annotated[float, Field(gt=0, lt=1)]


class Trained(Generator):
    """A generator whose networks are trained by gradient, those of all replicates of a cohort together.

    A fit writes checkpoints (:mod:`.resuming`): one that was killed resumes to the same bytes. Families give ``steps``,
    ``batch`` and ``learning_rate`` defaults of their own.

    Attributes:
        steps: optimiser steps, whatever the number of rows.
        batch: rows of each replicate in a step.
        learning_rate: Adam's, at its peak.
        device: ``auto`` takes a GPU where there is one. Files do not depend on it; floats differ in their last digits.
    """

    resumes: ClassVar[bool] = True

    steps: Steps
    batch: Batch
    learning_rate: LearningRate
    device: Device = "auto"

    @property
    def optimiser_steps(self) -> int:
        """As set."""
        return self.steps

    def chosen_device(self) -> "torch.device":
        """Return where the networks are.

        Raises:
            BadInput: a GPU is set, and torch finds none.
        """
        return chosen_device(self.device, kind=self.kind)

    def budget(self, cohort: Cohort, *, tokens_each: int = 0) -> Budget:
        """Return what a fit to a cohort spends; each row of a batch holds ``tokens_each`` tokens."""
        rows, seen = [cohort.replicate(number).height for number in cohort.replicates], self.steps * self.batch
        return Budget(
            rows=rows, tokens=[seen * tokens_each] * len(rows), steps=self.steps, rows_seen=[seen] * len(rows)
        )

    def finite_losses(self, losses: Iterable[float], cohort: Cohort) -> list[float]:
        """Return training losses, one a replicate, of models that have not diverged.

        Raises:
            BadInput: one is NaN or infinite; the message names its replicate.
        """
        found = [float(loss) for loss in losses]
        for number, loss in zip(cohort.replicates, found, strict=True):
            if not isfinite(loss):
                raise BadInput(
                    f"generator '{self.kind}': the training of replicate {number} diverged; lower 'learning_rate' "
                    f"(now {self.learning_rate})"
                )
        return found


class WarmStarted(Trained):
    """A trained generator that can start from the weights of an earlier generation.

    Attributes:
        start: ``scratch`` draws new weights for every generation; ``base`` trains on from the weights of generation 0,
            ``previous`` from those of the generation before.
    """

    start: Start = "scratch"

    @property
    def starts_from(self) -> Start:
        """As set."""
        return self.start


class MixedPrecision(WarmStarted):
    """A trained generator that makes use of what a GPU offers beside float32.

    Attributes:
        precision: of the products in training; ``auto`` is bfloat16 on a GPU that has it, float32 elsewhere.
        compile: ``auto`` lets torch compile the training step on a GPU.
    """

    precision: Precision = "auto"
    compile: Literal["auto", "off"] = "auto"

    def chosen_precision(self, device: "torch.device") -> FloatName:
        """Return what products are computed in on a device."""
        return chosen_precision(self.precision, device)

    def compiled_on(self, device: "torch.device") -> bool:
        """Return whether torch compiles the training step on a device."""
        return self.compile == "auto" and device.type == "cuda"
