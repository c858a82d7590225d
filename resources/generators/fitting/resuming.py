# ruff: noqa: TID253 - only methods of generators import this module, so torch may load with it
"""Checkpoints of a training, and resuming from one to the same bytes, also in another process."""

import time
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
import torch
from torch import Tensor

from outcross.resources.generators.contract import CHECKPOINT_SECONDS, Checkpoint, Progress, Tensors


class Resumable(Protocol):
    """Some replicates in training, such as an :class:`~.optimiser.AdamW`."""

    parameters: Mapping[str, Tensor]

    def state(self) -> dict[str, Tensor]:
        """Return the state for a resume, with a leading axis of replicates."""

    def resume(self, state: Mapping[str, Tensor], *, done: int) -> None:
        """Resume from the :meth:`state` after ``done`` steps."""


class ResumableTraining:
    """The progress of a cohort's parts and their checkpoints.

    Attributes:
        done: steps completed.
    """

    def __init__(
        self,
        parts: Sequence[Resumable],
        *,
        steps: int,
        progress: Progress | None = None,
        checkpoint: Checkpoint | None = None,
        seconds_apart: float = CHECKPOINT_SECONDS,
    ) -> None:
        """Start at step 0, or resume from the checkpoint if there is one.

        Args:
            parts: together all replicates of the cohort, in order.
            steps: of the whole training.
            progress: called after every :meth:`record`.
            checkpoint: where the state is written.
            seconds_apart: shortest time between two checkpoints.
        """
        self._parts, self._checkpoint, self._progress, self._steps = parts, checkpoint, progress, steps
        self._seconds_apart, self._written = seconds_apart, time.monotonic()
        self.done = 0
        state = checkpoint.load() if checkpoint else None
        if state is not None:
            self._resume(state)

    def record(self, done: int) -> None:
        """Report the number of steps done, and write a checkpoint if the last is old enough."""
        self.done = done
        if self._progress:
            self._progress(done, self._steps)
        if done < self._steps and self._checkpoint and time.monotonic() - self._written >= self._seconds_apart:
            self._checkpoint.save(self._state())
            self._written = time.monotonic()

    def _state(self) -> Tensors:
        states = [part.state() for part in self._parts]
        joined = {name: torch.cat([state[name] for state in states]).cpu().numpy() for name in states[0]}
        return {"done": np.array([self.done]), **joined}

    def _resume(self, state: Tensors) -> None:
        self.done = int(state["done"][0])
        first = 0
        for part in self._parts:
            members = slice(first, first := first + next(iter(part.parameters.values())).shape[0])
            own = {name: torch.from_numpy(array[members]) for name, array in state.items() if name != "done"}
            part.resume(own, done=self.done)
