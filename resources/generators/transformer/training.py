# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Training of a cohort's transformers by AdamW, each replicate's windows from its own seed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from outcross.resources.generators.contract import CHECKPOINT_SECONDS, Checkpoint, Progress
from outcross.resources.generators.fitting.hardware import FloatName
from outcross.resources.generators.fitting.loop import run_training, write_back
from outcross.resources.generators.fitting.optimiser import AdamW
from outcross.resources.generators.fitting.plan import TrainingPlan
from outcross.resources.generators.fitting.threads import split_replicates
from outcross.resources.generators.transformer.network import Network, is_matrix
from outcross.resources.generators.transformer.windows import TrainingWindows

CHUNK = 10
"""Steps per chunk, after which progress is reported and a checkpoint may be written."""
BETAS = (0.9, 0.95)
"""Betas of Adam, as usual for language models: the second moments of rare tokens decay faster."""


@dataclass(frozen=True, kw_only=True)
class TransformerPlan(TrainingPlan):
    """Training hyperparameters.

    Attributes:
        weight_decay: of the matrices.
        precision: of the products.
        compiled: whether the network is compiled.
    """

    weight_decay: float
    precision: FloatName
    compiled: bool


def train(
    network: Network,
    windows: Sequence[TrainingWindows],
    plan: TransformerPlan,
    *,
    progress: Progress | None = None,
    checkpoint: Checkpoint | None = None,
    seconds_apart: float = CHECKPOINT_SECONDS,
) -> None:
    """Fit the parameters of the network, in place, by weighted maximum likelihood on the windows of K replicates.

    On a CPU, each thread trains one replicate at a time: its products are large enough to occupy a thread, and its
    parameters fit into the cache. A GPU trains all replicates together.
    """
    alone = network.device.type == "cpu"
    members = [slice(place, place + 1) for place in range(network.replicates)] if alone else [slice(None)]
    parts = [Part(network.part(own), windows[own], plan) for own in members]
    run_training(
        [parts[own] for own in split_replicates(len(parts), torch.get_num_threads())],
        steps=plan.steps,
        chunk=CHUNK,
        progress=progress,
        checkpoint=checkpoint,
        seconds_apart=seconds_apart,
    )
    write_back(network.parameters, members, parts)


class Part:
    """Some replicates with their windows."""

    def __init__(self, network: Network, windows: Sequence[TrainingWindows], plan: TransformerPlan) -> None:
        self._windows, self._plan, self._device = windows, plan, network.device
        decay = torch.full((network.replicates,), plan.weight_decay, device=network.device)
        decayed = [name for name in network.parameters if is_matrix(name)]
        self.optimiser = AdamW(network.parameters, decay=decay, decayed=decayed, betas=BETAS)
        self._loss: Callable[[Tensor, Tensor, Tensor], Tensor] = (
            torch.compile(network.summed_nats) if plan.compiled else network.summed_nats
        )

    def advance(self, first: int, count: int) -> None:
        """Take ``count`` steps, beginning with step ``first``."""
        batch, bfloat16 = self._plan.batch, self._plan.precision == "bfloat16"
        for done in range(first, first + count):
            taken = zip(*(each.take(done * batch, batch) for each in self._windows), strict=True)
            inputs, targets, weights = (torch.from_numpy(np.stack(parts)).to(self._device) for parts in taken)
            with torch.autocast(self._device.type, torch.bfloat16, enabled=bfloat16):
                loss = self._loss(inputs, targets, weights) / weights[0].numel()
            self.optimiser.step(loss, self._plan.rate(done))
