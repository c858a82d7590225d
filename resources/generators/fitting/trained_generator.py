"""Base classes of gradient-trained generators: settings, device, precision, budget, divergence check."""

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
    choose_device,
    choose_precision,
)

if TYPE_CHECKING:
    import torch

Steps = Annotated[int, Field(ge=1)]
Batch = Annotated[int, Field(ge=1)]
LearningRate = Annotated[float, Field(gt=0, lt=1)]


class TrainedGenerator(Generator):
    """A generator whose networks are trained by gradient descent, all replicates of a cohort together.

    A fit writes checkpoints (:mod:`.resuming`) and resumes after a kill, to the same bytes. Families set their own
    defaults of ``steps``, ``batch`` and ``learning_rate``.

    Attributes:
        steps: optimiser steps, whatever the number of rows.
        batch: rows of each replicate in a step.
        learning_rate: peak learning rate of Adam.
        device: ``auto`` is a GPU where there is one. The format of files does not depend on it; floats differ in their
            last digits.
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

    def choose_device(self) -> "torch.device":
        """Return the device of the networks.

        Raises:
            BadInput: the setting is ``cuda``, and torch finds no GPU.
        """
        return choose_device(self.device, kind=self.kind)

    def budget(self, cohort: Cohort, *, tokens_each: int = 0) -> Budget:
        """Return the budget of a fit to a cohort; each row of a batch has ``tokens_each`` tokens."""
        rows, seen = [cohort.replicate(number).height for number in cohort.replicates], self.steps * self.batch
        return Budget(
            rows=rows, tokens=[seen * tokens_each] * len(rows), steps=self.steps, rows_seen=[seen] * len(rows)
        )

    def finite_losses(self, losses: Iterable[float], cohort: Cohort) -> list[float]:
        """Return the training losses, one per replicate; raise if training diverged.

        Raises:
            BadInput: a loss is NaN or infinite; the message names its replicate.
        """
        found = [float(loss) for loss in losses]
        for number, loss in zip(cohort.replicates, found, strict=True):
            if not isfinite(loss):
                raise BadInput(
                    f"generator '{self.kind}': the training of replicate {number} diverged; lower 'learning_rate' "
                    f"(now {self.learning_rate})"
                )
        return found


class WarmStartGenerator(TrainedGenerator):
    """A trained generator that can start from the weights of an earlier generation.

    Attributes:
        start: ``scratch`` draws new weights for every generation; ``base`` starts from the weights of generation 0,
            ``previous`` from those of the previous generation.
    """

    start: Start = "scratch"

    @property
    def starts_from(self) -> Start:
        """As set."""
        return self.start


class MixedPrecisionGenerator(WarmStartGenerator):
    """A trained generator with mixed precision and compilation on a GPU.

    Attributes:
        precision: of the products in training; ``auto`` is bfloat16 on a GPU that supports it, float32 elsewhere.
        compile: ``auto`` lets torch compile the training step on a GPU.
    """

    precision: Precision = "auto"
    compile: Literal["auto", "off"] = "auto"

    def choose_precision(self, device: "torch.device") -> FloatName:
        """Return the precision of products on a device."""
        return choose_precision(self.precision, device)

    def compiles_on(self, device: "torch.device") -> bool:
        """Return whether torch compiles the training step on a device."""
        return self.compile == "auto" and device.type == "cuda"
