# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Log-likelihood of token rows under one transformer, including rows longer than its context."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from outcross.resources.generators.transformer.network import Network
from outcross.resources.generators.transformer.sampling import stride
from outcross.resources.generators.transformer.tokens import TokenRows

TOKENS_AT_ONCE = 4_096
"""Tokens per batch."""
LOGITS_AT_ONCE = 2**26
"""Largest number of logits per batch; it bounds the memory where the vocabulary is large."""


@dataclass(frozen=True)
class ScoringWindows:
    """Sliding windows over rows, and the first scored position of each window.

    The first window of a row begins at its start; each further window begins :func:`stride` tokens later and scores the
    tokens after the end of the window before. So every token is scored once, given at least context − stride earlier
    tokens where the row has them, exactly as it is sampled.

    Attributes:
        rows: (W,) the row of each window.
        starts: (W,) its start in the row.
        lengths: (W,) its number of tokens.
        first_scored: (W,) the first position in it whose token is scored.
    """

    rows: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    first_scored: np.ndarray

    @classmethod
    def over(cls, lengths: np.ndarray, *, context: int) -> Self:
        """Split rows of these lengths into windows, longest windows first."""
        step = stride(context)
        counts = 1 + np.maximum(0, -((context - lengths) // step))
        rows = np.repeat(np.arange(len(lengths)), counts)
        turn = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        read = np.minimum(context, lengths[rows] - turn * step)
        order = np.argsort(-read, kind="stable")
        return cls(rows[order], turn[order] * step, read[order], np.where(turn > 0, context - step, 0)[order])


def row_nats(network: Network, rows: TokenRows, *, end: int) -> np.ndarray:
    """Return −log p (rows,) of each row's tokens and its end token, under the transformer of one replicate."""
    targets = rows.with_end(end)
    inputs = np.concatenate([[end], targets.ids[:-1]])
    windows = ScoringWindows.over(targets.lengths, context=network.architecture.context)
    budget = min(TOKENS_AT_ONCE, LOGITS_AT_ONCE // network.sizes[0])
    nats, first = np.zeros(len(rows.lengths)), 0
    while first < len(windows.rows):
        length = int(windows.lengths[first])
        own = slice(first, first := first + max(1, budget // length))
        places = np.arange(length)
        read = places < windows.lengths[own, None]
        scored = read & (places >= windows.first_scored[own, None])
        index = np.where(read, (targets.starts[windows.rows[own]] + windows.starts[own])[:, None] + places, 0)
        losses = _nats(network, inputs[index], targets.ids[index], scored)
        nats += np.bincount(np.broadcast_to(windows.rows[own, None], index.shape)[scored], losses, len(nats))
    return nats


def _nats(network: Network, inputs: np.ndarray, targets: np.ndarray, scored: np.ndarray) -> np.ndarray:
    """−log p of the scored targets, in order, of windows (B, T)."""
    read, chosen, wanted = (
        torch.from_numpy(array).to(network.device) for array in (inputs, scored, targets[scored].astype(np.int64))
    )
    with torch.inference_mode():
        states = network.states(read[None].long())[0]
        return cross_entropy(network.logits(states[chosen][None])[0], wanted, reduction="none").cpu().numpy()
