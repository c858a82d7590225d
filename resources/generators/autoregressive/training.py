# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Training of a cohort's autoregressive networks by AdamW, each replicate's batches from its own seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from outcross.resources.generators.autoregressive.network import DECAYED, Network
from outcross.resources.generators.contract import Checkpoint, Progress
from outcross.resources.generators.fitting.adamw import AdamW, Training, one_thread_each, shared_out
from outcross.resources.generators.fitting.training import Order, learning_rate
from outcross.resources.seeds import derive_seed

CHUNK = 50
"""Steps whose batches are drawn at a time."""
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

    Every thread that torch may use trains some of the replicates by itself.
    """
    members = shared_out(network.replicates, torch.get_num_threads() if network.device.type == "cpu" else 1)
    plan = _Plan(steps=steps, batch=batch, peak=peak, weight_decay=weight_decay)
    parts = [_Part(network.part(own), rows.part(own), seeds[own], plan) for own in members]
    training = Training([part.optimiser for part in parts], steps=steps, checkpoint=checkpoint, progress=progress)
    with one_thread_each(len(parts)) as everywhere:
        while training.done < steps:
            first, count = training.done, min(CHUNK, steps - training.done)
            everywhere(lambda part: part.advance(first, count), parts)  # noqa: B023 - done before the next turn
            training.keep(first + count)
    for own, part in zip(members, parts, strict=True):
        for name, parameter in part.optimiser.parameters.items():
            network.parameters[name][own] = parameter.detach()


@dataclass(frozen=True)
class _Plan:
    """How to train; see :func:`train`."""

    steps: int
    batch: int
    peak: float
    weight_decay: float


class _Part:
    """Some replicates with their rows."""

    def __init__(self, network: Network, rows: TrainingRows, seeds: Sequence[int], plan: _Plan) -> None:
        self._network, self._plan = network, plan
        decay = _decay(rows.sizes, plan.weight_decay).to(network.device)
        self.optimiser = AdamW(network.parameters, decay=decay, decayed=DECAYED)
        self._cells, self._weights = (
            torch.from_numpy(array).to(network.device) for array in (rows.cells, rows.weights)
        )
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
            self.optimiser.step(loss, self._plan.peak * learning_rate(done, self._plan.steps))


def _decay(sizes: Sequence[int], weight_decay: float) -> Tensor:
    """Decay (K,) of each replicate."""
    return weight_decay * PRIOR_ROWS / torch.tensor([float(size) for size in sizes])
