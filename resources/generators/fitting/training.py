"""What every training by gradient shares: the learning rate over time, the order of the rows, the device."""

from collections.abc import Iterable, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Literal

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort
from outcross.resources.seeds import derive_seed, generator

if TYPE_CHECKING:
    import torch

WARM_UP = 0.1
"""Share of the steps over which the learning rate rises; it falls over the others."""


def learning_rate(step: int, steps: int) -> float:
    """Return the share of the peak learning rate at a step: it rises linearly, then falls linearly to zero."""
    peak = max(1.0, WARM_UP * steps)
    return min((step + 1) / peak, (steps - step) / max(steps - peak, 1.0), 1.0)


def budget_of_steps(cohort: Cohort, *, steps: int, batch: int, tokens_each: int = 0) -> Budget:
    """Return what as many steps of a batch of each replicate's rows spend, which hold as many tokens each."""
    rows, seen = [cohort.replicate(number).height for number in cohort.replicates], steps * batch
    return Budget(rows=rows, tokens=[seen * tokens_each] * len(rows), steps=steps, rows_seen=[seen] * len(rows))


def rows_by_weight(members: Mapping[int, pl.DataFrame], cohort: Cohort, *, count: int) -> list[pl.DataFrame]:
    """Draw as many of each replicate's rows by weight, to compute its training loss on."""
    drawn = []
    for number, rows in members.items():
        weights = rows["weight"].to_numpy()
        random = generator(derive_seed(cohort.seeds[number], "fit rows"))
        drawn.append(rows[random.choice(rows.height, size=count, p=weights / weights.sum())])
    return drawn


def finite_losses(losses: Iterable[float], cohort: Cohort, *, kind: str, learning_rate: float) -> list[float]:
    """Return training losses, one a replicate, of models that training has not thrown off.

    Raises:
        BadInput: it has; the message names the generator ``kind`` and its replicate.
    """
    found = [float(loss) for loss in losses]
    for number, loss in zip(cohort.replicates, found, strict=True):
        if not isfinite(loss):
            raise BadInput(
                f"generator '{kind}': the training of replicate {number} diverged; lower 'learning_rate' "
                f"(now {learning_rate})"
            )
    return found


class Order:
    """An endless sequence of the numbers 0..size − 1: one shuffle of them after another, each from a seed of its own.

    Any stretch of it can be had without those before it, so that a training can resume in its middle.
    """

    def __init__(self, size: int, seed: int) -> None:
        self._size, self._seed = size, seed
        self._epoch, self._shuffle = -1, np.empty(0, dtype=np.int64)

    def take(self, start: int, count: int) -> np.ndarray:
        """Return the numbers at places start..start + count − 1."""
        parts = []
        while count:
            epoch, within = divmod(start, self._size)
            part = self._of(epoch)[within : within + count]
            parts.append(part)
            start, count = start + len(part), count - len(part)
        return np.concatenate(parts)

    def _of(self, epoch: int) -> np.ndarray:
        if epoch != self._epoch:
            self._epoch = epoch
            self._shuffle = generator(derive_seed(self._seed, epoch)).permutation(self._size)
        return self._shuffle


def chosen_device(setting: Literal["auto", "cpu", "cuda"], *, kind: str) -> "torch.device":
    """Return the device that a generator's setting asks for; ``auto`` takes a GPU where there is one.

    Raises:
        BadInput: a GPU was asked for, and torch finds none.
    """
    import torch

    available = torch.cuda.is_available()
    if setting == "cuda" and not available:
        raise BadInput(f"generator '{kind}': 'device: cuda' was asked for, and torch finds no GPU; set 'device: auto'")
    return torch.device("cuda" if available and setting != "cpu" else "cpu")


def chosen_precision(setting: Literal["auto", "float32", "bfloat16"], device: "torch.device") -> "torch.dtype":
    """Return what products are computed in; ``auto`` takes bfloat16 on a GPU that has it, float32 elsewhere."""
    import torch

    if setting == "auto":
        return torch.bfloat16 if device.type == "cuda" and torch.cuda.is_bf16_supported() else torch.float32
    return torch.bfloat16 if setting == "bfloat16" else torch.float32
