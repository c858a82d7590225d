# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Training of a cohort's variational autoencoders by Adam, each replicate's batches and noise from its own seed."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import one_hot

from outcross.resources.generators.contract import Progress
from outcross.resources.generators.cvae.network import Network
from outcross.resources.generators.fitting.training import Order, learning_rate
from outcross.resources.generators.images.image_rows import ImageRows
from outcross.resources.seeds import derive_seed, generator

CHUNK = 50
"""Steps whose batches and noise are drawn at a time."""


def train(
    network: Network,
    rows: ImageRows,
    *,
    steps: int,
    batch: int,
    peak: float,
    seeds: list[int],
    progress: Progress | None,
) -> None:
    """Fit the parameters of the network, in place, to the highest weighted evidence bound.

    Each epoch of a replicate takes all its rows in a new order; a row's bound counts by its weight. The learning rate
    rises linearly to its peak and falls linearly to zero.
    """
    pixels, classes, weights = (
        torch.from_numpy(array).to(network.device) for array in (rows.pixels, rows.classes, rows.weights)
    )
    parameters = list(network.parameters.values())
    for parameter in parameters:
        parameter.requires_grad_()
    optimiser = torch.optim.Adam(parameters, fused=True)
    done = 0
    for chunk in _chunks(rows.sizes, steps=steps, batch=batch, latent=network.latent, seeds=seeds):
        indices, noise = (tensor.to(network.device) for tensor in chunk)
        for index, draws in zip(indices, noise, strict=True):
            flat = index.flatten()
            images = pixels.index_select(0, flat).view(*index.shape, -1).float()
            condition = one_hot(classes.index_select(0, flat), network.classes).view(*index.shape, -1).float()
            bound = network.evidence_bound(images, condition, draws)
            loss = -(bound.flatten() * weights.index_select(0, flat)).sum() / batch
            optimiser.zero_grad()
            loss.backward()
            optimiser.param_groups[0]["lr"] = peak * learning_rate(done, steps)
            optimiser.step()
            done += 1
        if progress:
            progress(done, steps)
    for parameter in parameters:
        parameter.requires_grad_(False)


def _chunks(
    sizes: list[int], *, steps: int, batch: int, latent: int, seeds: list[int]
) -> Iterator[tuple[Tensor, Tensor]]:
    """Yield row numbers (steps, K, batch) and standard normals (steps, K, batch, latent), CHUNK steps at a time."""
    starts = np.cumsum([0, *sizes[:-1]])
    orders = [Order(size, derive_seed(seed, "order")) for size, seed in zip(sizes, seeds, strict=True)]
    streams = [generator(derive_seed(seed, "noise")) for seed in seeds]
    for first in range(0, steps, CHUNK):
        shape = (min(CHUNK, steps - first), batch)
        indices = [
            start + order.take(first * batch, shape[0] * batch).reshape(shape)
            for start, order in zip(starts, orders, strict=True)
        ]
        noise = [stream.standard_normal((*shape, latent), dtype=np.float32) for stream in streams]
        yield torch.from_numpy(np.stack(indices, axis=1)), torch.from_numpy(np.stack(noise, axis=1))
