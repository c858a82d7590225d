# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The autoregressive networks of a cohort, as one batched network.

Every parameter has a leading axis of K replicates, and every product is batched over it, so that K small networks cost
little more than one. Replicates do not interact.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import sqrt

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, embedding

from outcross.resources.generators.contract import Tensors
from outcross.resources.seeds import derive_seed, generator

ABSENT_LOGIT = -1e4
"""Logit of a padded cell, which a replicate does not have: its probability is 0 in single precision."""
DECAYED = ("input", "hidden", "output")
"""Parameters with weight decay; where they are 0, columns are independent."""


@dataclass(frozen=True)
class Network:
    """K networks for the distribution of each column's cells, conditional on the cells of the columns before it.

    p(x) = ∏_t p(x_t | x_<t). The state of column t is the sum of a learned vector for each earlier cell, as in NADE
    (Larochelle and Murray 2011), so that one pass gives all T conditionals. Two layers per column map it to logits,
    as the column-wise heads of TabularARGN (Tiwald et al. 2025, arXiv 2501.12012).

    Attributes:
        parameters: as :func:`initial_parameters` draws them, float32, on one device.
        sizes: number of cells of each of the T columns, the maximum over replicates.
    """

    parameters: Mapping[str, Tensor]
    sizes: Sequence[int]
    _starts: list[int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_starts", np.cumsum([0, *self.sizes[:-1]]).tolist())

    @property
    def device(self) -> torch.device:
        """Device of the parameters."""
        return self.parameters["input"].device

    def part(self, replicates: slice) -> "Network":
        """Copy some of the replicates."""
        return Network({name: tensor[replicates].clone() for name, tensor in self.parameters.items()}, self.sizes)

    @property
    def replicates(self) -> int:
        """K."""
        return self.parameters["input"].shape[0]

    def nats(self, cells: Tensor) -> Tensor:
        """Return −log p (K, B) of cells (K, B, T); a cell −1 is unknown, and its own term is omitted."""
        states = self._states(cells)
        total = torch.zeros(cells.shape[:2], device=cells.device)
        for place, logits in enumerate(self._logits(states)):
            target = cells[:, :, place].flatten()
            total = total + cross_entropy(logits.flatten(0, 1), target, ignore_index=-1, reduction="none").view_as(
                total
            )
        return total

    def draw(self, uniforms: Tensor, *, temperature: float, given: Mapping[int, Tensor]) -> Tensor:
        """Draw cells (K, B, T) column by column, by inverting each conditional distribution.

        Args:
            uniforms: in [0, 1), (K, B, T) float64.
            temperature: divides the logits.
            given: position of a column → its fixed cells (K, B), which are not drawn.
        """
        replicates, rows, places = uniforms.shape
        sums = torch.zeros(replicates, rows, self.parameters["hidden"].shape[-1], device=self.device)
        cells = torch.zeros(replicates, rows, places, dtype=torch.int64, device=self.device)
        for place in range(places):
            if place in given:
                drawn = given[place]
            else:
                logits = self._head(self._hidden(sums, place), place).double() / temperature
                shares = logits.softmax(-1).cumsum(-1)
                drawn = (shares < uniforms[:, :, place, None] * shares[..., -1:]).sum(-1)
            cells[:, :, place] = drawn
            sums = sums + self._embed(drawn[..., None], place=place)[:, :, 0]
        return cells

    def _embed(self, cells: Tensor, *, place: int = 0, axis: int = 2) -> Tensor:
        """Embed cells (K, …) as (…, H); ``axis`` runs over the columns from ``place`` on, and cell −1 has vector 0."""
        table = self.parameters["input"]
        replicates, width, hidden = table.shape
        starts = torch.tensor(self._starts[place : place + cells.shape[axis]], device=cells.device)
        nothing = width - 1
        index = torch.where(cells < 0, nothing, cells + (starts[:, None] if axis == 1 else starts))
        index = index + torch.arange(replicates, device=cells.device)[:, None, None] * width
        return embedding(index, table.reshape(replicates * width, hidden))

    def _states(self, cells: Tensor) -> Tensor:
        """Hidden states of every column after both layers, given the columns before it: (K, T, B, H)."""
        vectors = self._embed(cells.transpose(1, 2).contiguous(), axis=1)
        replicates, places = vectors.shape[:2]
        earlier = torch.ones(places, places, device=self.device).tril(-1).expand(replicates, -1, -1)
        sums = torch.bmm(earlier, vectors.flatten(2)).view_as(vectors).add_(self.parameters["bias"])
        return _second_layer(sums, self.parameters["hidden"], self.parameters["hidden_bias"])

    def _hidden(self, sums: Tensor, place: int) -> Tensor:
        """Hidden state of one column (K, B, H), given the sum of the earlier vectors."""
        part = slice(place, place + 1)
        inputs = (sums + self.parameters["bias"][:, place])[:, None]
        layer = _second_layer(inputs, self.parameters["hidden"][:, part], self.parameters["hidden_bias"][:, part])
        return layer[:, 0]

    def _head(self, states: Tensor, place: int) -> Tensor:
        """Logits (K, B, C) of one column."""
        start = self._starts[place]
        part = slice(start, start + self.sizes[place])
        weight, bias = self.parameters["output"][:, part], self.parameters["output_bias"][:, :, part]
        return torch.baddbmm(bias, states, weight.transpose(1, 2))

    def _logits(self, states: Tensor) -> Iterator[Tensor]:
        """Logits (K, B, C) of every column. One split of all weights, so that their gradients are concatenated once."""
        sizes = list(self.sizes)
        weights = self.parameters["output"][:, : sum(sizes)].split(sizes, dim=1)
        biases = self.parameters["output_bias"][:, :, : sum(sizes)].split(sizes, dim=2)
        for state, weight, bias in zip(states.unbind(1), weights, biases, strict=True):
            yield torch.baddbmm(bias, state, weight.transpose(1, 2))


def _second_layer(inputs: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """A residual layer for each of K × T columns: inputs (K, T, B, H), weight (K, T, H, H), bias (K, T, 1, H).

    Inputs are overwritten.
    """
    first = inputs.relu_()
    flat = torch.baddbmm(bias.flatten(0, 1), first.flatten(0, 1), weight.flatten(0, 1))
    return first + flat.view_as(first).relu_()


def initial_parameters(masses: Sequence[Sequence[np.ndarray]], *, hidden: int, seeds: Sequence[int]) -> Tensors:
    """Draw the initial parameters of K networks, each from its own seed; columns start almost independent.

    Args:
        masses: for each replicate, the probabilities of each column's cells.
        hidden: H.
        seeds: K seeds.

    Returns ``input`` (K, C + 1, H), the vectors of all cells, the last for an unknown cell; ``bias`` (K, T, 1, H);
    ``hidden`` (K, T, H, H) and ``hidden_bias`` (K, T, 1, H); ``output`` (K, C, H) and ``output_bias`` (K, 1, C). C
    counts the cells of all columns; replicates with fewer cells in a column than others are padded.
    """
    sizes = common_sizes(masses)
    replicates, columns, cells = len(masses), len(sizes), sum(sizes)
    starts = np.cumsum([0, *sizes[:-1]])
    parameters = {
        "input": np.zeros((replicates, cells + 1, hidden), dtype=np.float32),
        "bias": np.zeros((replicates, columns, 1, hidden), dtype=np.float32),
        "hidden": np.zeros((replicates, columns, hidden, hidden), dtype=np.float32),
        "hidden_bias": np.zeros((replicates, columns, 1, hidden), dtype=np.float32),
        "output": np.zeros((replicates, cells, hidden), dtype=np.float32),
        "output_bias": np.full((replicates, 1, cells), ABSENT_LOGIT, dtype=np.float32),
    }
    for replicate, (member, seed) in enumerate(zip(masses, seeds, strict=True)):
        stream = generator(derive_seed(seed, "parameters"))
        for place, mass in enumerate(member):
            own = slice(starts[place], starts[place] + len(mass))
            shape = (len(mass), hidden)
            parameters["input"][replicate, own] = stream.standard_normal(shape, dtype=np.float32) / sqrt(columns)
            parameters["hidden"][replicate, place] = stream.standard_normal((hidden, hidden), dtype=np.float32) * sqrt(
                2 / hidden
            )
            parameters["output"][replicate, own] = stream.standard_normal(shape, dtype=np.float32) * 0.01
            parameters["output_bias"][replicate, 0, own] = np.log(mass)
    return parameters


def common_sizes(masses: Sequence[Sequence[np.ndarray]]) -> list[int]:
    """Return the number of cells of each column, the maximum over replicates."""
    return [max(len(mass) for mass in column) for column in zip(*masses, strict=True)]
