"""Packed windows: the training rows of a language model in windows of equal length."""

from typing import Protocol

import numpy as np

from outcross.resources.generators.fitting.order import Order
from outcross.resources.generators.transformer.tokens import TokenRows
from outcross.resources.seeds import derive_seed


class TrainingWindows(Protocol):
    """Windows of tokens to train on, in order."""

    def take(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return inputs, targets (int64) and the targets' weights (float32), each (count, context)."""


class PackedWindows:
    """An endless sequence of packed windows of one replicate's tokens.

    Rows are shuffled in every epoch and concatenated, each with an end-of-text token; the sequence is split into
    windows regardless of row boundaries. Every token is a target exactly once per epoch, and its input is the token
    before it: the first token of a row is predicted after the end of the previous row. So a number of windows has a
    fixed number of tokens, whatever the lengths of the rows. Any part of the sequence is computed without the parts
    before it.
    """

    def __init__(self, rows: TokenRows, weights: np.ndarray, *, end: int, context: int, seed: int) -> None:
        """Pack rows.

        Args:
            rows: without ends of text.
            weights: (rows,), each applies to all tokens of its row and to its end.
            end: the id of the end-of-text token.
            context: tokens per window.
            seed: seed of the order.
        """
        self._rows, self._weights, self._end, self._context = (
            rows.with_end(end),
            weights.astype(np.float32),
            end,
            context,
        )
        self._order = Order(len(rows.lengths), derive_seed(seed, "order"))
        self._epoch, self._ids, self._token_weights = -1, np.empty(0, np.int32), np.empty(0, np.float32)

    def take(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return ``count`` windows, beginning with window ``first``; see :class:`TrainingWindows`."""
        start, stop = first * self._context, (first + count) * self._context
        ids, weights = self._slice(start, stop)
        before = self._slice(start - 1, start)[0] if start else np.array([self._end], dtype=np.int32)
        shape = (count, self._context)
        inputs = np.concatenate([before, ids[:-1]])
        return inputs.astype(np.int64).reshape(shape), ids.astype(np.int64).reshape(shape), weights.reshape(shape)

    def _slice(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and their weights at positions start..stop − 1 of the sequence."""
        ids, weights, length = [], [], len(self._rows.ids)
        while start < stop:
            epoch, within = divmod(start, length)
            self._concatenate_epoch(epoch)
            ids.append(self._ids[within : within + stop - start])
            weights.append(self._token_weights[within : within + stop - start])
            start += len(ids[-1])
        return np.concatenate(ids), np.concatenate(weights)

    def _concatenate_epoch(self, epoch: int) -> None:
        if epoch == self._epoch:
            return
        self._epoch, rows = epoch, len(self._rows.lengths)
        order = self._order.take(epoch * rows, rows)
        lengths = self._rows.lengths[order]
        shifts = self._rows.starts[order] - (np.cumsum(lengths) - lengths)
        self._ids = self._rows.ids[np.repeat(shifts, lengths) + np.arange(lengths.sum())]
        self._token_weights = np.repeat(self._weights[order], lengths)
