# ruff: noqa: TID253 - only methods of generators import this module, so torch may load with it
"""The training loop: all parts of a cohort take a chunk of steps, then report progress and write a checkpoint."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Protocol

from torch import Tensor

from outcross.resources.generators.contract import CHECKPOINT_SECONDS, Checkpoint, Progress
from outcross.resources.generators.fitting.resuming import Resumable, ResumableTraining
from outcross.resources.generators.fitting.threads import one_thread_each


class Part(Protocol):
    """Some replicates with their rows."""

    @property
    def optimiser(self) -> Resumable:
        """Optimiser of their parameters."""

    def advance(self, first: int, count: int) -> None:
        """Take ``count`` steps, beginning with step ``first``."""


def run_training(
    groups: Sequence[Sequence[Part]],
    *,
    steps: int,
    chunk: int,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    seconds_apart: float = CHECKPOINT_SECONDS,
) -> None:
    """Train all parts, from step 0 or from a checkpoint.

    Args:
        groups: for each thread, the parts that it trains in turn; together all replicates, in order.
        steps: of the whole training.
        chunk: steps between two reports; a training resumes at the beginning of a chunk.
        progress: called after every chunk.
        checkpoint: where the state is written, if anywhere.
        seconds_apart: shortest time between two checkpoints.
    """
    training = ResumableTraining(
        [part.optimiser for group in groups for part in group],
        steps=steps,
        progress=progress,
        checkpoint=checkpoint,
        seconds_apart=seconds_apart,
    )
    with one_thread_each(len(groups)) as everywhere:
        while training.done < steps:
            first, count = training.done, min(chunk, steps - training.done)
            everywhere(partial(_advance, first=first, count=count), groups)
            training.record(first + count)


def write_back(parameters: Mapping[str, Tensor], members: Sequence[slice], parts: Sequence[Part]) -> None:
    """Copy the parameters of the parts into those of the whole cohort, in place.

    Args:
        parameters: name → (K, …).
        members: replicates of each part.
        parts: in the same order.
    """
    for own, part in zip(members, parts, strict=True):
        for name, learned in part.optimiser.parameters.items():
            parameters[name][own] = learned.detach()


def _advance(group: Sequence[Part], *, first: int, count: int) -> None:
    for part in group:
        part.advance(first, count)
