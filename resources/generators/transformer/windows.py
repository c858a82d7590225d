"""The training rows of a language model, packed into windows of equal length."""

from typing import Protocol

import numpy as np

from outcross.resources.generators.fitting.order import Order
from outcross.resources.generators.transformer.tokens import TokenRows
from outcross.resources.seeds import derive_seed


class Windows(Protocol):
    """Windows of tokens to train on, in order."""

    def take(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return inputs, targets (int64) and the targets' weights (float32), each (count, context)."""


class PackedWindows:
    """An endless sequence of windows of one replicate's tokens.

    Rows follow one another, each with an end-of-text token after it, shuffled anew in every epoch; the sequence is cut
    into windows regardless of where rows end. Every token is a target exactly once an epoch, and its input is the token
    before it: the first of a row is predicted after the end of the row before. So any number of windows is the same
    number of tokens, whatever the lengths of the rows. Any stretch can be had without those before it.
    """

    def __init__(self, rows: TokenRows, weights: np.ndarray, *, end: int, context: int, seed: int) -> None:
        """Pack rows.

        Args:
            rows: without ends of text.
            weights: (rows,), each counts for all tokens of its row and for its end.
            end: the id of the end of text.
            context: tokens of a window.
            seed: of the order.
        """
        self._rows, self._weights, self._end, self._context = rows.ended(end), weights.astype(np.float32), end, context
        self._order = Order(len(rows.lengths), derive_seed(seed, "order"))
        self._epoch, self._ids, self._token_weights = -1, np.empty(0, np.int32), np.empty(0, np.float32)

    def take(self, first: int, count: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return the windows from ``first`` on; see :class:`Windows`."""
        start, stop = first * self._context, (first + count) * self._context
        ids, weights = self._stretch(start, stop)
        before = self._stretch(start - 1, start)[0] if start else np.array([self._end], dtype=np.int32)
        shape = (count, self._context)
        inputs = np.concatenate([before, ids[:-1]])
        return inputs.astype(np.int64).reshape(shape), ids.astype(np.int64).reshape(shape), weights.reshape(shape)

    def _stretch(self, start: int, stop: int) -> tuple[np.ndarray, np.ndarray]:
        """Tokens and their weights at places start..stop − 1 of the sequence."""
        ids, weights, length = [], [], len(self._rows.ids)
        while start < stop:
            epoch, within = divmod(start, length)
            self._lay_out(epoch)
            ids.append(self._ids[within : within + stop - start])
            weights.append(self._token_weights[within : within + stop - start])
            start += len(ids[-1])
        return np.concatenate(ids), np.concatenate(weights)

    def _lay_out(self, epoch: int) -> None:
        if epoch == self._epoch:
            return
        self._epoch, rows = epoch, len(self._rows.lengths)
        order = self._order.take(epoch * rows, rows)
        lengths = self._rows.lengths[order]
        shifts = self._rows.starts[order] - (np.cumsum(lengths) - lengths)
        self._ids = self._rows.ids[np.repeat(shifts, lengths) + np.arange(lengths.sum())]
        self._token_weights = np.repeat(self._weights[order], lengths)
