# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Training of a cohort's autoregressive networks by AdamW, each replicate's batches from its own seed."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

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
    """
    cells, weights = (torch.from_numpy(array).to(network.device) for array in (rows.cells, rows.weights))
    decay = _decay(rows.sizes, weight_decay).to(network.device)
    training = _Training(network, checkpoint, steps, progress)
    offsets = np.cumsum([0, *rows.sizes[:-1]])
    orders = [Order(size, derive_seed(seed, "order")) for size, seed in zip(rows.sizes, seeds, strict=True)]
    while training.done < steps:
        first = training.done
        count = min(CHUNK, steps - first)
        taken = [
            offset + order.take(first * batch, count * batch).reshape(count, batch)
            for offset, order in zip(offsets, orders, strict=True)
        ]
        for index in torch.from_numpy(np.stack(taken, axis=1)).to(network.device):
            flat = index.flatten()
            nats = network.nats(cells.index_select(0, flat).view(*index.shape, -1))
            loss = (nats.flatten() * weights.index_select(0, flat)).sum() / batch
            training.step(loss, peak * learning_rate(training.done, steps), decay)
        training.keep()


class _Training:
    """AdamW over a network's parameters, with what it takes to go on with it in another process."""

    def __init__(self, network: Network, checkpoint: Checkpoint | None, steps: int, progress: Progress | None) -> None:
        self._parameters = network.parameters
        for parameter in network.parameters.values():
            parameter.requires_grad_()
        self._optimiser = torch.optim.Adam(list(network.parameters.values()), fused=True)
        self._checkpoint, self._progress, self._steps = checkpoint, progress, steps
        self._written = time.monotonic()
        self.done = 0
        state = checkpoint.load() if checkpoint else None
        if state is not None:
            self._resume(state)

    def step(self, loss: Tensor, rate: float, decay: Tensor) -> None:
        """Take one step; ``decay`` (K,) is each replicate's."""
        self._optimiser.zero_grad()
        loss.backward()
        self._optimiser.param_groups[0]["lr"] = rate
        with torch.no_grad():
            kept = (-rate * decay).exp()
            for name in DECAYED:
                parameter = self._parameters[name]
                parameter.mul_(kept.view(-1, *[1] * (parameter.dim() - 1)))
        self._optimiser.step()
        self.done += 1

    def keep(self) -> None:
        """Tell how far the training is, and write a checkpoint if the last is some time ago."""
        if self._progress:
            self._progress(self.done, self._steps)
        if self.done == self._steps:
            for parameter in self._parameters.values():
                parameter.requires_grad_(False)
        elif self._checkpoint and time.monotonic() - self._written >= SECONDS_APART:
            self._checkpoint.save(self._state())
            self._written = time.monotonic()

    def _state(self) -> Tensors:
        state = {"done": np.array([self.done])}
        for name, parameter in self._parameters.items():
            moments = self._optimiser.state[parameter]
            state[f"parameter/{name}"] = parameter.detach().cpu().numpy()
            state[f"mean/{name}"] = moments["exp_avg"].cpu().numpy()
            state[f"square/{name}"] = moments["exp_avg_sq"].cpu().numpy()
        return state

    def _resume(self, state: Tensors) -> None:
        self.done = int(state["done"][0])
        for name, parameter in self._parameters.items():
            parameter.data.copy_(torch.from_numpy(state[f"parameter/{name}"]))
            self._optimiser.state[parameter] = {
                "step": torch.tensor(float(self.done), device=parameter.device),
                "exp_avg": torch.from_numpy(state[f"mean/{name}"]).to(parameter.device),
                "exp_avg_sq": torch.from_numpy(state[f"square/{name}"]).to(parameter.device),
            }


def _decay(sizes: Sequence[int], weight_decay: float) -> Tensor:
    """Decay (K,) of each replicate."""
    return weight_decay * PRIOR_ROWS / torch.tensor([float(size) for size in sizes])
