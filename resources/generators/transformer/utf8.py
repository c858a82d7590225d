# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Which tokens of bytes may follow one another in UTF-8, so that no text is sampled with a broken character."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch
from torch import Tensor

STEPS = {
    0: [
        *((0x00, 0x7F, 0), (0xC2, 0xDF, 1), (0xE0, 0xE0, 4), (0xE1, 0xEC, 2), (0xED, 0xED, 5), (0xEE, 0xEF, 2)),
        *((0xF0, 0xF0, 6), (0xF1, 0xF3, 3), (0xF4, 0xF4, 7)),
    ],
    1: [(0x80, 0xBF, 0)],
    2: [(0x80, 0xBF, 1)],
    3: [(0x80, 0xBF, 2)],
    4: [(0xA0, 0xBF, 1)],
    5: [(0x80, 0x9F, 1)],
    6: [(0x90, 0xBF, 2)],
    7: [(0x80, 0x8F, 2)],
}
"""State → (first byte, last byte, next state), after table 3-7 of the Unicode Standard. State 0: between characters."""
NEEDED = (0, 1, 2, 3, 2, 2, 3, 3)
"""Bytes that a character still needs, by state."""
BROKEN = -1
STATES = len(NEEDED)


@dataclass(frozen=True)
class Utf8:
    """The states of UTF-8 after tokens.

    Attributes:
        after: (states, tokens) state after a token in each state; −1 where the token would break a character.
        needed: (states,) bytes that a character still needs.
    """

    after: Tensor
    needed: Tensor

    @classmethod
    def of(cls, spelling: Sequence[bytes], *, end: int, size: int, device: torch.device) -> Self:
        """Follow the bytes of every token from every state; the end of a text must not stand within a character.

        Args:
            spelling: the bytes of each token.
            end: the id of the end-of-text token.
            size: number of tokens that a model draws from; those without a spelling change no state.
            device: device of the tables.
        """
        lengths = np.array([len(each) for each in spelling])
        places = np.arange(lengths.max(initial=0))
        letters = np.zeros((len(spelling), len(places)), dtype=np.uint8)
        letters[places < lengths[:, None]] = np.frombuffer(b"".join(spelling), dtype=np.uint8)
        after = np.tile(np.arange(STATES)[:, None], (1, size))
        table = _bytes_after()
        for place in places:
            told = np.flatnonzero(lengths > place)
            after[:, told] = table[after[:, told], letters[told, place]]
        after[1:, end] = BROKEN
        return cls(torch.from_numpy(after).to(device), torch.tensor(NEEDED, device=device))

    def follow(self, states: Tensor, tokens: Tensor) -> Tensor:
        """Return the states (B,) after one token (B,) each."""
        return self.after[states, tokens].clamp_min(0)

    def mask(self, logits: Tensor, states: Tensor, *, left: int) -> Tensor:
        """Return logits (B, V) that are −∞ where a token would break a character, or leave it unfinished.

        The distribution of the other tokens keeps its proportions.

        Args:
            logits: of the next token.
            states: (B,) the state of each row.
            left: tokens that a row may still have after this one.
        """
        after = self.after[states][:, : logits.shape[1]]
        forbidden = (after == BROKEN) | (self.needed[after.clamp_min(0)] > left)
        return logits.masked_fill(forbidden & ~forbidden.all(dim=1, keepdim=True), -torch.inf)


def _bytes_after() -> np.ndarray:
    """Return (states + 1, 256) the state after each byte; the last row is that of −1."""
    table = np.full((STATES + 1, 256), BROKEN, dtype=np.int64)
    for state, steps in STEPS.items():
        for first, last, after in steps:
            table[state, first : last + 1] = after
    return table
