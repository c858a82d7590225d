# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Training of a cohort's autoregressive networks by AdamW, each replicate's batches from its own seed."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from outcross.resources.generators.autoregressive.network import DECAYED, Network
from outcross.resources.generators.contract import CHECKPOINT_SECONDS, Checkpoint, Progress
from outcross.resources.generators.fitting.loop import run_training, write_back
from outcross.resources.generators.fitting.optimiser import AdamW
from outcross.resources.generators.fitting.order import Order
from outcross.resources.generators.fitting.plan import TrainingPlan
from outcross.resources.generators.fitting.threads import parallel_parts, split_replicates
from outcross.resources.seeds import derive_seed

CHUNK = 50
"""Steps per chunk: their batches are drawn together."""
PRIOR_ROWS = 10_000
"""Number of rows to which the setting ``weight_decay`` refers: with half as many rows, weights decay twice as fast."""


@dataclass(frozen=True, kw_only=True)
class AutoregressivePlan(TrainingPlan):
    """Training hyperparameters; ``weight_decay`` is for 10,000 rows."""

    weight_decay: float


@dataclass(frozen=True)
class TrainingRows:
    """The training rows of K replicates, concatenated.

    Attributes:
        cells: int64 (N, T), −1 where unknown.
        weights: float32 (N,), mean 1 within a replicate.
        sizes: number of rows of each of the K replicates; their sum is N.
    """

    cells: np.ndarray
    weights: np.ndarray
    sizes: list[int]

    def part(self, replicates: slice) -> "TrainingRows":
        """Return the rows of some of the replicates."""
        first = sum(self.sizes[: replicates.start])
        own = slice(first, first + sum(self.sizes[replicates]))
        return TrainingRows(self.cells[own], self.weights[own], self.sizes[replicates])


def train(
    network: Network,
    rows: TrainingRows,
    *,
    plan: AutoregressivePlan,
    seeds: Sequence[int],
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    seconds_apart: float = CHECKPOINT_SECONDS,
) -> None:
    """Fit the parameters of the network, in place, by weighted maximum likelihood.

    Each epoch of a replicate shuffles its rows anew. The decoupled weight decay (Loshchilov and Hutter 2019,
    arXiv 1711.05101) is ``weight_decay`` × 10,000 ÷ rows: that of a prior whose pull does not grow with the data.

    Each thread of torch trains some of the replicates on its own.
    """
    members = split_replicates(network.replicates, parallel_parts(network.device))
    parts = [_Part(network.part(own), rows.part(own), seeds[own], plan) for own in members]
    run_training(
        [[part] for part in parts],
        steps=plan.steps,
        chunk=CHUNK,
        progress=progress,
        checkpoint=checkpoint,
        seconds_apart=seconds_apart,
    )
    write_back(network.parameters, members, parts)


class _Part:
    """Some replicates with their rows."""

    def __init__(self, network: Network, rows: TrainingRows, seeds: Sequence[int], plan: AutoregressivePlan) -> None:
        self._network, self._plan = network, plan
        decay = _decay(rows.sizes, plan.weight_decay).to(network.device)
        self.optimiser = AdamW(network.parameters, decay=decay, decayed=DECAYED)
        self._cells, self._weights = (
            torch.from_numpy(array).to(network.device) for array in (rows.cells, rows.weights)
        )
        self._offsets = np.cumsum([0, *rows.sizes[:-1]])
        self._orders = [Order(size, derive_seed(seed, "order")) for size, seed in zip(rows.sizes, seeds, strict=True)]

    def advance(self, first: int, count: int) -> None:
        """Take ``count`` steps, beginning with step ``first``."""
        batch = self._plan.batch
        taken = [
            offset + order.take(first * batch, count * batch).reshape(count, batch)
            for offset, order in zip(self._offsets, self._orders, strict=True)
        ]
        for done, index in enumerate(torch.from_numpy(np.stack(taken, axis=1)).to(self._network.device), start=first):
            flat = index.flatten()
            nats = self._network.nats(self._cells.index_select(0, flat).view(*index.shape, -1))
            loss = (nats.flatten() * self._weights.index_select(0, flat)).sum() / batch
            self.optimiser.step(loss, self._plan.rate(done))


def _decay(sizes: Sequence[int], weight_decay: float) -> Tensor:
    """Weight decay of each replicate, (K,)."""
    return weight_decay * PRIOR_ROWS / torch.tensor([float(size) for size in sizes])
