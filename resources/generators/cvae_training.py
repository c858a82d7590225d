"""Training of a cohort's variational autoencoders: batches and noise of each replicate from its own seed, and Adam.

Imported only by the methods of :mod:`resources.generators.cvae`, so torch loads here at the top.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch  # noqa: TID253 - imported inside the generator's methods only
from torch import Tensor
from torch.nn.functional import one_hot

from resources.generators.contract import Progress
from resources.generators.cvae_network import Network
from resources.seeds import derive_seed, generator

CHUNK = 50
"""Steps whose batches and noise are drawn at a time."""


@dataclass(frozen=True)
class TrainingRows:
    """The rows of K replicates, end to end.

    Attributes:
        pixels: uint8 (N, pixels).
        classes: int64 (N,), positions among the replicate's own classes.
        weights: float32 (N,), mean 1 within a replicate.
        sizes: rows of each replicate, summing to N.
    """

    pixels: np.ndarray
    classes: np.ndarray
    weights: np.ndarray
    sizes: list[int]


def train(
    network: Network,
    rows: TrainingRows,
    *,
    steps: int,
    batch: int,
    learning_rate: float,
    seeds: list[int],
    device: torch.device,
    progress: Progress | None,
) -> None:
    """Maximise the weighted evidence bound of each replicate in place, by Adam with a rate that falls to zero.

    Each epoch of a replicate passes over all its rows in a new order; a row's bound counts by its weight.
    """
    pixels, classes, weights = (torch.from_numpy(array).to(device) for array in (rows.pixels, rows.classes, rows.weights))
    width = network.parameters["encoder.class_bias"].shape[1]
    parameters = list(network.parameters.values())
    for parameter in parameters:
        parameter.requires_grad_()
    optimiser = torch.optim.Adam(parameters, lr=learning_rate, fused=True)
    done = 0
    for indices, noise in _chunks(rows.sizes, steps=steps, batch=batch, latent=network.latent, seeds=seeds):
        for index, draw in zip(indices.to(device), noise.to(device), strict=True):
            for group in optimiser.param_groups:
                group["lr"] = learning_rate * (1.0 - done / steps)
            condition = one_hot(classes[index], width).float()
            bound = network.evidence_bound(pixels[index].float(), condition, draw)
            (-(bound * weights[index]).sum() / batch).backward()
            optimiser.step()
            optimiser.zero_grad()
            done += 1
        if progress:
            progress(done, steps)
    for parameter in parameters:
        parameter.requires_grad_(False)


def _chunks(
    sizes: list[int], *, steps: int, batch: int, latent: int, seeds: list[int]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield row numbers (steps, K, batch) and standard normals (steps, K, batch, latent) of the next steps."""
    starts = np.cumsum([0, *sizes[:-1]])
    orders = [Order(size, derive_seed(seed, "order")) for size, seed in zip(sizes, seeds, strict=True)]
    streams = [generator(derive_seed(seed, "noise")) for seed in seeds]
    for first in range(0, steps, CHUNK):
        count = min(CHUNK, steps - first)
        indices = [
            start + order.take(count * batch).reshape(count, batch) for start, order in zip(starts, orders, strict=True)
        ]
        noise = [stream.standard_normal((count, batch, latent), dtype=np.float32) for stream in streams]
        yield torch.from_numpy(np.stack(indices, axis=1)), torch.from_numpy(np.stack(noise, axis=1))


class Order:
    """An endless sequence of the numbers 0..size − 1: one shuffle of them after another."""

    def __init__(self, size: int, seed: int) -> None:
        self._size = size
        self._random = generator(seed)
        self._left = np.empty(0, dtype=np.int64)

    def take(self, count: int) -> np.ndarray:
        """Return the next ``count`` numbers."""
        shuffles = [self._left]
        missing = count - len(self._left)
        for _ in range(-(-missing // self._size)):
            shuffles.append(self._random.permutation(self._size))
        numbers = np.concatenate(shuffles)
        self._left = numbers[count:]
        return numbers[:count]
