# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Cross-entropy of a language model in chunks of tokens, so that all logits are never in memory at once."""

from typing import Any

import torch
from torch import Tensor

from outcross.resources.generators.transformer.products import product

LOGITS_AT_ONCE = 2**21
"""Logits per chunk, 8 MB: fewer would underuse a second thread, more would not fit the CPU cache."""


class SummedNats(torch.autograd.Function):
    """Σ weight × −log p(target) over tokens, with its gradient computed in the forward pass.

    The loss is a sum over tokens, so the gradient of a chunk follows from its logits alone, which are then discarded.
    ``apply(states (N, C), table (V, C), targets (N,), weights (N,))``.
    """

    @staticmethod
    def forward(ctx: Any, states: Tensor, table: Tensor, targets: Tensor, weights: Tensor) -> Tensor:  # noqa: D102
        by_states, by_table = torch.empty_like(states), torch.zeros_like(table)
        total = torch.zeros((), device=states.device)
        count = max(1, LOGITS_AT_ONCE // len(table))
        for first in range(0, len(states), count):
            own = slice(first, first + count)
            shares = product(states[own], table.T).float().log_softmax(-1)
            wanted, weight = targets[own, None], weights[own, None]
            total -= (shares.gather(1, wanted) * weight).sum()
            shares.exp_().scatter_add_(1, wanted, torch.full_like(weight, -1)).mul_(weight)
            by_states[own] = product(shares, table)
            by_table += product(shares.T, states[own])
        ctx.save_for_backward(by_states, by_table)
        return total

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, None, None]:  # noqa: D102
        by_states, by_table = ctx.saved_tensors
        return by_states * gradients[0], by_table * gradients[0], None, None
