# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Training of a cohort's autoregressive networks by AdamW, each replicate's batches from its own seed."""

import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import torch
from torch import Tensor

from resources.generators.autoregressive_network import DECAYED, Network
from resources.generators.contract import Checkpoint, Progress, Tensors
from resources.generators.training import Order, learning_rate
from resources.seeds import derive_seed

CHUNK = 50
"""Steps whose batches are drawn at a time."""
SECONDS_APART = 5.0
"""A checkpoint is written when this time has passed since the last, at the end of a chunk."""
PRIOR_ROWS = 10_000
"""Rows to which the setting ``weight_decay`` refers: half as many rows decay twice as fast."""


@dataclass(frozen=True)
class TrainingRows:
    """The training rows of K replicates, end to end.

    Attributes:
        cells: int64 (N, T), −1 where unknown.
        weights: float32 (N,), mean 1 within a replicate.
        sizes: K numbers of rows, N together.
    """

    cells: np.ndarray
    weights: np.ndarray
    sizes: list[int]

    def part(self, replicates: slice) -> "TrainingRows":
        """The rows of some of the replicates."""
        first = sum(self.sizes[: replicates.start])
        own = slice(first, first + sum(self.sizes[replicates]))
        return TrainingRows(self.cells[own], self.weights[own], self.sizes[replicates])


def train(
    network: Network,
    rows: TrainingRows,
    *,
    steps: int,
    batch: int,
    peak: float,
    weight_decay: float,
    seeds: Sequence[int],
    progress: Progress | None,
    checkpoint: Checkpoint | None,
) -> None:
    """Fit the parameters of the network, in place, to the highest weighted likelihood.

    Each epoch of a replicate takes all its rows in a new order. The decoupled weight decay (Loshchilov and Hutter 2019,
    arXiv 1711.05101) is ``weight_decay`` × 10,000 ÷ rows: that of a prior whose pull does not grow with the data.

    Every thread that torch may use trains some of the replicates by itself: threads that shared each small product
    would wait for one another.
    """
    members = _shared_out(network.replicates, torch.get_num_threads() if network.device.type == "cpu" else 1)
    plan = _Plan(steps=steps, batch=batch, peak=peak, weight_decay=weight_decay)
    parts = [_Part(network.part(own), rows.part(own), seeds[own], plan) for own in members]
    training = _Training(parts, checkpoint, progress, steps)
    with _one_thread_each(len(parts)) as everywhere:
        while training.done < steps:
            first, count = training.done, min(CHUNK, steps - training.done)
            everywhere(lambda part: part.advance(first, count), parts)  # noqa: B023 - done before the next turn
            training.keep(first + count)
    for own, part in zip(members, parts, strict=True):
        for name, parameter in part.parameters.items():
            network.parameters[name][own] = parameter.detach()


@dataclass(frozen=True)
class _Plan:
    """How to train; see :func:`train`."""

    steps: int
    batch: int
    peak: float
    weight_decay: float


class _Part:
    """AdamW over the parameters of some replicates."""

    def __init__(self, network: Network, rows: TrainingRows, seeds: Sequence[int], plan: _Plan) -> None:
        self._network, self.parameters = network, network.parameters
        for parameter in self.parameters.values():
            parameter.requires_grad_()
        self.optimiser = torch.optim.Adam(list(self.parameters.values()), fused=True)
        self._plan, self._sizes = plan, rows.sizes
        self._cells, self._weights = (
            torch.from_numpy(array).to(network.device) for array in (rows.cells, rows.weights)
        )
        self._decay = _decay(rows.sizes, plan.weight_decay).to(network.device)
        self._offsets = np.cumsum([0, *rows.sizes[:-1]])
        self._orders = [Order(size, derive_seed(seed, "order")) for size, seed in zip(rows.sizes, seeds, strict=True)]

    def advance(self, first: int, count: int) -> None:
        """Take the steps from ``first`` on."""
        batch = self._plan.batch
        taken = [
            offset + order.take(first * batch, count * batch).reshape(count, batch)
            for offset, order in zip(self._offsets, self._orders, strict=True)
        ]
        for done, index in enumerate(torch.from_numpy(np.stack(taken, axis=1)).to(self._network.device), start=first):
            flat = index.flatten()
            nats = self._network.nats(self._cells.index_select(0, flat).view(*index.shape, -1))
            loss = (nats.flatten() * self._weights.index_select(0, flat)).sum() / batch
            self._step(loss, self._plan.peak * learning_rate(done, self._plan.steps))

    def _step(self, loss: Tensor, rate: float) -> None:
        self.optimiser.zero_grad()
        loss.backward()
        self.optimiser.param_groups[0]["lr"] = rate
        with torch.no_grad():
            kept = (-rate * self._decay).exp()
            for name in DECAYED:
                parameter = self.parameters[name]
                parameter.mul_(kept.view(-1, *[1] * (parameter.dim() - 1)))
        self.optimiser.step()


class _Training:
    """How far the parts have come, with what it takes to go on with them in another process."""

    def __init__(
        self, parts: Sequence[_Part], checkpoint: Checkpoint | None, progress: Progress | None, steps: int
    ) -> None:
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
        state = {"done": np.array([self.done])}
        for name in self._parts[0].parameters:
            own = [(part.parameters[name], part.optimiser.state[part.parameters[name]]) for part in self._parts]
            for kind, tensors in (
                ("parameter", [parameter.detach() for parameter, _ in own]),
                ("mean", [moments["exp_avg"] for _, moments in own]),
                ("square", [moments["exp_avg_sq"] for _, moments in own]),
            ):
                state[f"{kind}/{name}"] = torch.cat(tensors).cpu().numpy()
        return state

    def _resume(self, state: Tensors) -> None:
        self.done = int(state["done"][0])
        first = 0
        for part in self._parts:
            members = slice(first, first := first + next(iter(part.parameters.values())).shape[0])
            for name, parameter in part.parameters.items():
                kept = {
                    kind: torch.from_numpy(state[f"{kind}/{name}"][members]).to(parameter.device)
                    for kind in ("parameter", "mean", "square")
                }
                parameter.data.copy_(kept["parameter"])
                part.optimiser.state[parameter] = {
                    "step": torch.tensor(float(self.done), device=parameter.device),
                    "exp_avg": kept["mean"].clone(),
                    "exp_avg_sq": kept["square"].clone(),
                }


def _shared_out(replicates: int, threads: int) -> list[slice]:
    """Which replicates each thread trains: as many as the others, or one more."""
    edges = np.linspace(0, replicates, min(replicates, threads) + 1).round().astype(int).tolist()
    return [slice(start, stop) for start, stop in pairwise(edges)]


@contextmanager
def _one_thread_each(parts: int) -> Iterator[Callable[[Callable[[_Part], None], Sequence[_Part]], object]]:
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


def _decay(sizes: Sequence[int], weight_decay: float) -> Tensor:
    """Decay (K,) of each replicate."""
    return weight_decay * PRIOR_ROWS / torch.tensor([float(size) for size in sizes])
