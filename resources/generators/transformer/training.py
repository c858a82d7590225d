# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Training of a cohort's transformers by AdamW, each replicate's windows from its own seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import torch
from torch import Tensor

from outcross.resources.generators.contract import Checkpoint, Progress
from outcross.resources.generators.fitting.adamw import AdamW, Training, one_thread_each, shared_out
from outcross.resources.generators.fitting.training import learning_rate
from outcross.resources.generators.transformer.network import Network, is_matrix
from outcross.resources.generators.transformer.windows import Windows

CHUNK = 10
"""Steps after which progress is told, and a checkpoint may be written."""
BETAS = (0.9, 0.95)
"""Adam's, as is usual for language models: gradients of rare tokens are forgotten sooner."""


@dataclass(frozen=True, kw_only=True)
class Plan:
    """How to train.

    Attributes:
        steps: optimiser steps.
        batch: windows of each replicate in a step.
        peak: learning rate at its highest.
        weight_decay: of the matrices.
        precision: of the products.
        compiled: whether the network is compiled.
    """

    steps: int
    batch: int
    peak: float
    weight_decay: float
    precision: Literal["float32", "bfloat16"]
    compiled: bool


def train(
    network: Network,
    windows: Sequence[Windows],
    plan: Plan,
    *,
    progress: Progress | None,
    checkpoint: Checkpoint | None,
) -> None:
    """Fit the parameters of the network, in place, to the highest weighted likelihood of K replicates' windows.

    On a processor replicates are trained one by one, on as many threads as there are: their products are large enough
    to fill a thread, and one replicate's fit into its cache. A GPU trains all of them at once.
    """
    alone = network.device.type == "cpu"
    members = [slice(place, place + 1) for place in range(network.replicates)] if alone else [slice(None)]
    parts = [Part(network.part(own), windows[own], plan) for own in members]
    training = Training([part.optimiser for part in parts], steps=plan.steps, checkpoint=checkpoint, progress=progress)
    groups = [parts[own] for own in shared_out(len(parts), torch.get_num_threads())]
    with one_thread_each(len(groups)) as everywhere:
        while training.done < plan.steps:
            first, count = training.done, min(CHUNK, plan.steps - training.done)
            everywhere(lambda group: _advance(group, first, count), groups)  # noqa: B023 - done before the next turn
            training.keep(first + count)
    for own, part in zip(members, parts, strict=True):
        for name, parameter in part.optimiser.parameters.items():
            network.parameters[name][own] = parameter.detach()


def _advance(parts: "Sequence[Part]", first: int, count: int) -> None:
    for part in parts:
        part.advance(first, count)


class Part:
    """Some replicates with their windows."""

    def __init__(self, network: Network, windows: Sequence[Windows], plan: Plan) -> None:
        self._windows, self._plan, self._device = windows, plan, network.device
        decay = torch.full((network.replicates,), plan.weight_decay, device=network.device)
        decayed = [name for name in network.parameters if is_matrix(name)]
        self.optimiser = AdamW(network.parameters, decay=decay, decayed=decayed, betas=BETAS)
        self._loss: Callable[[Tensor, Tensor, Tensor], Tensor] = (
            torch.compile(network.summed_nats) if plan.compiled else network.summed_nats
        )

    def advance(self, first: int, count: int) -> None:
        """Take the steps from ``first`` on."""
        batch, bfloat16 = self._plan.batch, self._plan.precision == "bfloat16"
        for done in range(first, first + count):
            taken = zip(*(each.take(done * batch, batch) for each in self._windows), strict=True)
            inputs, targets, weights = (torch.from_numpy(np.stack(parts)).to(self._device) for parts in taken)
            with torch.autocast(self._device.type, torch.bfloat16, enabled=bfloat16):
                loss = self._loss(inputs, targets, weights) / weights[0].numel()
            self.optimiser.step(loss, self._plan.peak * learning_rate(done, self._plan.steps))
