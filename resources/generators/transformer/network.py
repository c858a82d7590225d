# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The transformers of a cohort: GPT-2's architecture, with a leading axis of replicates.

Radford et al. 2019: learned positions, layer norm before attention and before the perceptron, GELU by its tanh form,
and one table for the vectors of tokens read and of tokens predicted. Names and layouts of the parameters are those of
Hugging Face's GPT-2 (weights (in, out)), with the axis of replicates in front. Nothing mixes replicates.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import cross_entropy, embedding, gelu, layer_norm, scaled_dot_product_attention

from outcross.resources.generators.contract import Tensors
from outcross.resources.generators.transformer.head import SummedNats
from outcross.resources.generators.transformer.products import linear, product
from outcross.resources.seeds import derive_seed, generator

SPREAD = 0.02 * sqrt(768)
"""Standard deviation of new weights, times the square root of the width: GPT-2's .02 at its own width of 768.

So narrow networks begin with logits as large as wide ones do.
"""


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The sizes of a transformer.

    Attributes:
        vocabulary: V, tokens that there is room for.
        context: T, tokens that it sees at once.
        width: C, of the vector of a token.
        layers: of attention and perceptron each.
        heads: of attention; they share the width.
        inner: width of the perceptrons.
        epsilon: of layer norm.
    """

    vocabulary: int
    context: int
    width: int
    layers: int
    heads: int
    inner: int
    epsilon: float = 1e-5

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The parameters' names and shapes, without the axis of replicates."""
        width, inner = self.width, self.inner
        layer: dict[str, tuple[int, ...]] = {
            "ln_1.weight": (width,),
            "ln_1.bias": (width,),
            "attn.c_attn.weight": (width, 3 * width),
            "attn.c_attn.bias": (3 * width,),
            "attn.c_proj.weight": (width, width),
            "attn.c_proj.bias": (width,),
            "ln_2.weight": (width,),
            "ln_2.bias": (width,),
            "mlp.c_fc.weight": (width, inner),
            "mlp.c_fc.bias": (inner,),
            "mlp.c_proj.weight": (inner, width),
            "mlp.c_proj.bias": (width,),
        }
        return {
            "wte.weight": (self.vocabulary, width),
            "wpe.weight": (self.context, width),
            **{f"h.{place}.{name}": shape for place in range(self.layers) for name, shape in layer.items()},
            "ln_f.weight": (width,),
            "ln_f.bias": (width,),
        }


@dataclass(frozen=True)
class Network:
    """K transformers.

    Attributes:
        architecture: of each.
        parameters: as :func:`initial_parameters` draws them, float32, on one device.
        sizes: K numbers of tokens in use; the rest of the vocabulary has probability 0.
    """

    architecture: Architecture
    parameters: Mapping[str, Tensor]
    sizes: Sequence[int]

    @property
    def replicates(self) -> int:
        """K."""
        return self.parameters["wte.weight"].shape[0]

    @property
    def device(self) -> torch.device:
        """Where the parameters are."""
        return self.parameters["wte.weight"].device

    def part(self, replicates: slice) -> "Network":
        """A copy of some of the replicates."""
        return Network(
            self.architecture,
            {name: tensor[replicates].clone() for name, tensor in self.parameters.items()},
            self.sizes[replicates],
        )

    def member(self, place: int) -> "Network":
        """One replicate, the parameters shared."""
        own = slice(place, place + 1)
        return Network(
            self.architecture, {name: tensor[own] for name, tensor in self.parameters.items()}, self.sizes[own]
        )

    def nats(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return −log p (K, B, T) of each target given the inputs up to its place, both int64 (K, B, T)."""
        logits = self.logits(self.states(inputs).flatten(1, 2))
        return cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(targets)

    def summed_nats(self, inputs: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """Return Σ weight × −log p of the targets; see :meth:`nats`. On a processor, some tokens at a time."""
        if self.replicates > 1 or self.device.type != "cpu":
            return (self.nats(inputs, targets).float() * weights).sum()
        states, table = self.states(inputs).flatten(0, 2), self._table.squeeze(0)
        return SummedNats.apply(states, table, targets.flatten(), weights.flatten())

    def states(self, inputs: Tensor) -> Tensor:
        """Return the last state (K, B, T, C) of tokens (K, B, T) that stand at the first T places."""
        replicates, rows, length = inputs.shape
        states = self.embed(inputs, first=0).flatten(1, 2)
        for layer in range(self.architecture.layers):
            queries, keys, values = (
                part.view(replicates * rows, length, self.architecture.heads, -1).transpose(1, 2)
                for part in self.attended(states, layer)
            )
            mixed = scaled_dot_product_attention(queries, keys, values, is_causal=True)
            states = self.perceive(states, mixed.transpose(1, 2).reshape(states.shape), layer)
        return self.norm(states, "ln_f").view(replicates, rows, length, -1)

    def embed(self, tokens: Tensor, *, first: int) -> Tensor:
        """Return the vectors (K, B, S, C) of tokens (K, B, S) that stand at the places from ``first`` on."""
        table = self.parameters["wte.weight"]
        if self.replicates > 1:
            tokens = tokens + torch.arange(self.replicates, device=self.device)[:, None, None] * table.shape[1]
        places = self.parameters["wpe.weight"][:, None, first : first + tokens.shape[2]]
        return embedding(tokens, table.flatten(0, 1)) + places

    def attended(self, states: Tensor, layer: int) -> tuple[Tensor, ...]:
        """Return queries, keys and values, (K, N, C) each, of states (K, N, C)."""
        return self._linear(self.norm(states, f"h.{layer}.ln_1"), f"h.{layer}.attn.c_attn").chunk(3, dim=-1)

    def perceive(self, states: Tensor, mixed: Tensor, layer: int) -> Tensor:
        """Return the next states (K, N, C) from those before the layer and what its attention gathered."""
        states = states + self._linear(mixed, f"h.{layer}.attn.c_proj")
        inner = gelu(self._linear(self.norm(states, f"h.{layer}.ln_2"), f"h.{layer}.mlp.c_fc"), approximate="tanh")
        return states + self._linear(inner, f"h.{layer}.mlp.c_proj")

    def norm(self, states: Tensor, name: str) -> Tensor:
        """Layer norm of states (K, N, C)."""
        gain, bias = self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"]
        shape, epsilon = states.shape[-1:], self.architecture.epsilon
        if self.replicates == 1:
            return layer_norm(states, shape, gain.squeeze(0), bias.squeeze(0), epsilon)
        return torch.addcmul(bias[:, None], layer_norm(states, shape, eps=epsilon), gain[:, None])

    def logits(self, states: Tensor) -> Tensor:
        """Return the logits (K, N, V) of states (K, N, C); where all replicates use fewer tokens, of as many."""
        if self.replicates == 1:
            return product(states.squeeze(0), self._table.squeeze(0).T)[None]
        logits = torch.bmm(states, self._table.transpose(1, 2))
        if min(self.sizes) == max(self.sizes):
            return logits
        sizes = torch.tensor(self.sizes, device=self.device)[:, None, None]
        return logits.masked_fill(torch.arange(logits.shape[-1], device=self.device) >= sizes, -torch.inf)

    @property
    def _table(self) -> Tensor:
        """The vectors of the tokens that any replicate uses; the table itself where that is all of them."""
        table, most = self.parameters["wte.weight"], max(self.sizes)
        return table if most == table.shape[1] else table[:, :most]

    def _linear(self, inputs: Tensor, name: str) -> Tensor:
        weight, bias = self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"]
        if self.replicates == 1:
            # squeezed, not indexed: the gradient of an index is a copy
            return linear(inputs.squeeze(0), weight.squeeze(0), bias.squeeze(0))[None]
        return torch.baddbmm(bias[:, None], inputs, weight)


def initial_parameters(architecture: Architecture, seeds: Sequence[int]) -> Tensors:
    """Draw the parameters of K transformers, each from its own seed, much as GPT-2 did: (K, …) by name.

    What a layer adds to the states is scaled by 1/√(2 × layers), so that their sum does not grow with the layers.
    """
    wide = SPREAD / sqrt(architecture.width)
    parameters = {
        name: np.full((len(seeds), *shape), float("ln_" in name and name.endswith("weight")), dtype=np.float32)
        for name, shape in architecture.shapes().items()
    }
    for replicate, seed in enumerate(seeds):
        stream = generator(derive_seed(seed, "parameters"))
        for name, array in parameters.items():
            if is_matrix(name):
                spread = wide / sqrt(2 * architecture.layers) if "c_proj" in name else wide
                array[replicate] = stream.standard_normal(array.shape[1:], dtype=np.float32) * np.float32(spread)
    return parameters


def is_matrix(name: str) -> bool:
    """Whether a parameter is a matrix: drawn at random, and subject to weight decay; the others are not."""
    return name.endswith("weight") and "ln_" not in name
