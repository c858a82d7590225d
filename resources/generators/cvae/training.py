# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Training of a cohort's variational autoencoders by Adam, each replicate's batches and noise from its own seed."""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from outcross.resources.generators.contract import CHECKPOINT_SECONDS, Checkpoint, Progress
from outcross.resources.generators.cvae.network import Network
from outcross.resources.generators.fitting.loop import run_training
from outcross.resources.generators.fitting.optimiser import AdamW
from outcross.resources.generators.fitting.order import Order
from outcross.resources.generators.fitting.plan import TrainingPlan
from outcross.resources.generators.images.image_rows import ImageRows
from outcross.resources.seeds import derive_seed, generator

CHUNK = 50
"""Steps per chunk: their batches and noise are drawn together, and a training resumes at the start of a chunk."""


def train(
    network: Network,
    rows: ImageRows,
    *,
    plan: TrainingPlan,
    seeds: Sequence[int],
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    seconds_apart: float = CHECKPOINT_SECONDS,
) -> None:
    """Fit the parameters of the network, in place, by maximising the weighted evidence lower bound.

    Each epoch of a replicate shuffles its rows anew; the bound of a row counts by its weight. All replicates are one
    part: the threads of torch share each product.
    """
    part = _Part(network, rows, seeds, plan)
    run_training(
        [[part]],
        steps=plan.steps,
        chunk=CHUNK,
        progress=progress,
        checkpoint=checkpoint,
        seconds_apart=seconds_apart,
    )
    for parameter in network.parameters.values():
        parameter.requires_grad_(False)


class _Part:
    """All replicates with their rows."""

    def __init__(self, network: Network, rows: ImageRows, seeds: Sequence[int], plan: TrainingPlan) -> None:
        self._network, self._plan = network, plan
        self.optimiser = AdamW(network.parameters)
        self._pixels, self._classes, self._weights = (
            torch.from_numpy(array).to(network.device) for array in (rows.pixels, rows.classes, rows.weights)
        )
        self._offsets = np.cumsum([0, *rows.sizes[:-1]])
        self._orders = [Order(size, derive_seed(seed, "order")) for size, seed in zip(rows.sizes, seeds, strict=True)]
        self._streams = [generator(derive_seed(seed, "noise")) for seed in seeds]
        self._drawn = 0

    def advance(self, first: int, count: int) -> None:
        """Take ``count`` steps, beginning with step ``first``."""
        batch, classes = self._plan.batch, self._network.classes
        indices = self._rows(first, count).to(self._network.device)
        noise = self._noise(first, count).to(self._network.device)
        for step, (index, draws) in enumerate(zip(indices, noise, strict=True), start=first):
            flat = index.flatten()
            images = self._pixels.index_select(0, flat).view(*index.shape, -1).float()
            condition = one_hot(self._classes.index_select(0, flat), classes).view(*index.shape, -1).float()
            bound = self._network.evidence_bound(images, condition, draws)
            loss = -(bound.flatten() * self._weights.index_select(0, flat)).sum() / batch
            self.optimiser.step(loss, self._plan.rate(step))

    def _rows(self, first: int, count: int) -> Tensor:
        """Row numbers (count, K, batch) of the steps from ``first`` on."""
        batch = self._plan.batch
        taken = [
            offset + order.take(first * batch, count * batch).reshape(count, batch)
            for offset, order in zip(self._offsets, self._orders, strict=True)
        ]
        return torch.from_numpy(np.stack(taken, axis=1))

    def _noise(self, first: int, count: int) -> Tensor:
        """Standard normals (count, K, batch, latent) of the steps from ``first`` on.

        Each replicate has one sequential stream, so a resumed training draws the numbers of the earlier steps again.
        """
        while self._drawn < first:
            self._normals(min(CHUNK, first - self._drawn))
        return torch.from_numpy(np.stack(self._normals(count), axis=1))

    def _normals(self, count: int) -> list[np.ndarray]:
        self._drawn += count
        shape = (count, self._plan.batch, self._network.latent)
        return [stream.standard_normal(shape, dtype=np.float32) for stream in self._streams]
