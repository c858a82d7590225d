# ruff: noqa: TID253 - only methods of generators import this module, so torch may load with it
"""AdamW over the parameters of a cohort, a replicate's own decay, and how a training goes on that was killed.

Every parameter has a leading axis of K replicates. Threads that shared each small product would wait for one another,
so a cohort may be cut into parts (:func:`shared_out`), each trained by itself on one thread (:func:`one_thread_each`).
"""

import time
from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import Protocol, TypeVar

import numpy as np
import torch
from torch import Tensor

from outcross.resources.generators.contract import Checkpoint, Progress, Tensors

SECONDS_APART = 5.0
"""A checkpoint is written when this time has passed since the last."""
STATE = {"mean": "exp_avg", "square": "exp_avg_sq"}
"""What a checkpoint calls the moments that Adam keeps of a gradient."""

_Part = TypeVar("_Part")


class AdamW:
    """Adam with decoupled weight decay (Loshchilov and Hutter 2019, arXiv 1711.05101).

    Attributes:
        parameters: name → leaf with a leading axis of replicates; changed in place.
    """

    def __init__(
        self,
        parameters: Mapping[str, Tensor],
        *,
        decay: Tensor,
        decayed: Collection[str],
        betas: tuple[float, float] = (0.9, 0.999),
    ) -> None:
        """Take over parameters.

        Args:
            parameters: see the class.
            decay: (K,) weight decay of each replicate.
            decayed: names of the parameters that decay.
            betas: Adam's.
        """
        self.parameters, self._decay, self._decayed = parameters, decay, decayed
        for parameter in parameters.values():
            parameter.requires_grad_()
        self._adam = torch.optim.Adam(list(parameters.values()), betas=betas, fused=True)

    def step(self, loss: Tensor, rate: float) -> None:
        """Take a step down the gradient of a loss, at a learning rate."""
        self._adam.zero_grad()
        loss.backward()
        self._adam.param_groups[0]["lr"] = rate
        with torch.no_grad():
            kept = (-rate * self._decay).exp()
            for name in self._decayed:
                parameter = self.parameters[name]
                parameter.mul_(kept.view(-1, *[1] * (parameter.dim() - 1)))
        self._adam.step()

    def state(self) -> dict[str, Tensor]:
        """What it takes to go on: ``parameter/…``, ``mean/…`` and ``square/…`` by name, replicates leading."""
        state = {f"parameter/{name}": parameter.detach() for name, parameter in self.parameters.items()}
        for name, parameter in self.parameters.items():
            state |= {f"{kind}/{name}": self._adam.state[parameter][own] for kind, own in STATE.items()}
        return state

    def resume(self, state: Mapping[str, Tensor], *, done: int) -> None:
        """Go on from what :meth:`state` gave after ``done`` steps."""
        for name, parameter in self.parameters.items():
            parameter.data.copy_(state[f"parameter/{name}"])
            self._adam.state[parameter] = {
                "step": torch.tensor(float(done), device=parameter.device),
                **{own: state[f"{kind}/{name}"].to(parameter.device, copy=True) for kind, own in STATE.items()},
            }


class Resumable(Protocol):
    """Some replicates in training, such as an :class:`AdamW`."""

    parameters: Mapping[str, Tensor]

    def state(self) -> dict[str, Tensor]:
        """What it takes to go on, replicates leading."""

    def resume(self, state: Mapping[str, Tensor], *, done: int) -> None:
        """Go on from what :meth:`state` gave after ``done`` steps."""


class Training:
    """How far the parts of a cohort have come, with what it takes to go on with them in another process.

    Attributes:
        done: steps.
    """

    def __init__(
        self, parts: Sequence[Resumable], *, steps: int, checkpoint: Checkpoint | None, progress: Progress | None
    ) -> None:
        """Begin, or go on from the checkpoint if there is one."""
        self._parts, self._checkpoint, self._progress, self._steps = parts, checkpoint, progress, steps
        self._written = time.monotonic()
        self.done = 0
        state = checkpoint.load() if checkpoint else None
        if state is not None:
            self._resume(state)

    def keep(self, done: int) -> None:
        """Tell how far the training is, and write a checkpoint if the last is some time ago."""
        self.done = done
        if self._progress:
            self._progress(done, self._steps)
        if done < self._steps and self._checkpoint and time.monotonic() - self._written >= SECONDS_APART:
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


def shared_out(replicates: int, threads: int) -> list[slice]:
    """Which replicates each thread trains: as many as the others, or one more."""
    edges = np.linspace(0, replicates, min(replicates, threads) + 1).round().astype(int).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]


@contextmanager
def one_thread_each(parts: int) -> Iterator[Callable[[Callable[[_Part], None], Sequence[_Part]], object]]:
    """Yield what calls a function with each part, several at a time where there are several, each on one thread."""
    if parts == 1:
        yield lambda function, all_of_them: function(all_of_them[0])
        return
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with ThreadPoolExecutor(parts, initializer=torch.set_num_threads, initargs=(1,)) as pool:
            yield lambda function, all_of_them: deque(pool.map(function, all_of_them), maxlen=0)
    finally:
        torch.set_num_threads(before)
