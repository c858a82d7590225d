# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""The transformers of a cohort: GPT-2's architecture, with a leading axis of replicates.

Radford et al. 2019: learned position embeddings, layer norm before attention and before the MLP, the tanh approximation
of GELU, and tied input and output embeddings. Names and layouts of the parameters are those of Hugging Face's GPT-2
(weights (in, out)), with a leading axis of replicates. Replicates do not interact.
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
"""Standard deviation of initial weights, times the square root of the width: GPT-2's 0.02 at its width of 768.

So the initial logits of narrow networks are as large as those of wide ones.
"""


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """The sizes of a transformer.

    Attributes:
        vocabulary: V, size of the embedding table.
        context: T, largest number of tokens in a window.
        width: C, dimensions of the embeddings.
        layers: transformer layers, each with attention and an MLP.
        heads: attention heads; they share the width.
        inner: hidden width of the MLP.
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
        """Return name → shape of each parameter, without the axis of replicates."""
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
        architecture: of each transformer.
        parameters: as :func:`initial_parameters` draws them, float32, on one device.
        sizes: vocabulary size of each of the K replicates; the rest of the table has probability 0.
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
        """Device of the parameters."""
        return self.parameters["wte.weight"].device

    def part(self, replicates: slice) -> "Network":
        """Copy some of the replicates."""
        return Network(
            self.architecture,
            {name: tensor[replicates].clone() for name, tensor in self.parameters.items()},
            self.sizes[replicates],
        )

    def member(self, place: int) -> "Network":
        """Return one replicate as a view of the parameters."""
        own = slice(place, place + 1)
        return Network(
            self.architecture, {name: tensor[own] for name, tensor in self.parameters.items()}, self.sizes[own]
        )

    def nats(self, inputs: Tensor, targets: Tensor) -> Tensor:
        """Return −log p (K, B, T) of each target given the inputs up to its position, both int64 (K, B, T)."""
        logits = self.logits(self.states(inputs).flatten(1, 2))
        return cross_entropy(logits.flatten(0, 1), targets.flatten(), reduction="none").view_as(targets)

    def summed_nats(self, inputs: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
        """Return Σ weight × −log p of the targets; see :meth:`nats`. On a CPU, in chunks of tokens."""
        if self.replicates > 1 or self.device.type != "cpu":
            return (self.nats(inputs, targets).float() * weights).sum()
        states, table = self.states(inputs).flatten(0, 2), self._table.squeeze(0)
        result: Tensor = SummedNats.apply(states, table, targets.flatten(), weights.flatten())
        return result

    def states(self, inputs: Tensor) -> Tensor:
        """Return the last hidden states (K, B, T, C) of tokens (K, B, T) at positions 0..T − 1."""
        replicates, rows, length = inputs.shape
        states = self.embed(inputs, first=0).flatten(1, 2)
        for layer in range(self.architecture.layers):
            queries, keys, values = (
                part.view(replicates * rows, length, self.architecture.heads, -1).transpose(1, 2)
                for part in self.queries_keys_values(states, layer)
            )
            mixed = scaled_dot_product_attention(queries, keys, values, is_causal=True)
            states = self.feed_forward(states, mixed.transpose(1, 2).reshape(states.shape), layer)
        return self.norm(states, "ln_f").view(replicates, rows, length, -1)

    def embed(self, tokens: Tensor, *, first: int) -> Tensor:
        """Return the embeddings (K, B, S, C) of tokens (K, B, S) at positions ``first`` to ``first`` + S − 1."""
        table = self.parameters["wte.weight"]
        if self.replicates > 1:
            tokens = tokens + torch.arange(self.replicates, device=self.device)[:, None, None] * table.shape[1]
        places = self.parameters["wpe.weight"][:, None, first : first + tokens.shape[2]]
        return embedding(tokens, table.flatten(0, 1)) + places

    def queries_keys_values(self, states: Tensor, layer: int) -> tuple[Tensor, ...]:
        """Return queries, keys and values, (K, N, C) each, of hidden states (K, N, C)."""
        return self._linear(self.norm(states, f"h.{layer}.ln_1"), f"h.{layer}.attn.c_attn").chunk(3, dim=-1)

    def feed_forward(self, states: Tensor, mixed: Tensor, layer: int) -> Tensor:
        """Return the next hidden states (K, N, C) of a layer, from its inputs and the output of its attention."""
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
        """Return the logits (K, N, V) of hidden states (K, N, C); V is the largest vocabulary of the replicates."""
        if self.replicates == 1:
            return product(states.squeeze(0), self._table.squeeze(0).T)[None]
        logits = torch.bmm(states, self._table.transpose(1, 2))
        if min(self.sizes) == max(self.sizes):
            return logits
        sizes = torch.tensor(self.sizes, device=self.device)[:, None, None]
        return logits.masked_fill(torch.arange(logits.shape[-1], device=self.device) >= sizes, -torch.inf)

    @property
    def _table(self) -> Tensor:
        """Embeddings up to the largest vocabulary of the replicates; a view of the table."""
        table, most = self.parameters["wte.weight"], max(self.sizes)
        return table if most == table.shape[1] else table[:, :most]

    def _linear(self, inputs: Tensor, name: str) -> Tensor:
        weight, bias = self.parameters[f"{name}.weight"], self.parameters[f"{name}.bias"]
        if self.replicates == 1:
            # squeeze, not indexing: the gradient of an index is a copy
            return linear(inputs.squeeze(0), weight.squeeze(0), bias.squeeze(0))[None]
        return torch.baddbmm(bias[:, None], inputs, weight)


def initial_parameters(architecture: Architecture, seeds: Sequence[int]) -> Tensors:
    """Draw the initial parameters of K transformers, each from its own seed, as GPT-2 does: name → (K, …).

    Residual projections are scaled by 1/√(2 × layers), so that the residual stream does not grow with the layers.
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
    """Return whether a parameter is a matrix: only matrices are initialised at random and subject to weight decay."""
    return name.endswith("weight") and "ln_" not in name
