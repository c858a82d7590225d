# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Drawing rows of tokens from one transformer, many at a time, with the keys and values of earlier tokens kept."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from outcross.resources.generators.transformer.network import Network
from outcross.resources.seeds import derive_seed

ROWS_AT_ONCE = 128
"""Rows that are drawn side by side."""
WORTH_LEAVING_OUT = 0.75
"""Rows that have ended are dropped when no more than this share of those at work is left: dropping copies the rest."""
BELOW_ONE = 1 - 2**-50
"""Keeps a uniform number from reaching the whole mass by rounding."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """How a token is chosen among the probable ones.

    Attributes:
        temperature: divides the logits.
        top_k: only as many of the most probable tokens are drawn; None for all.
        top_p: only the fewest most probable tokens with at least this probability together are drawn (Holtzman et al.
            2020, arXiv 1904.09751).
    """

    temperature: float
    top_k: int | None
    top_p: float

    def draw(self, logits: Tensor, uniforms: Tensor) -> Tensor:
        """Draw a token (B,) from logits (B, V) by inverting its distribution at uniform numbers (B,), float64.

        A token stays what it is as long as the distribution does: tokens are laid out in the order of their ids.
        """
        logits = logits / self.temperature
        if self.top_k is not None and self.top_k < logits.shape[-1]:
            least = logits.topk(self.top_k, sorted=False).values.amin(-1, keepdim=True)
            logits = logits.masked_fill(logits < least, -torch.inf)
        shares = logits.softmax(-1)
        if self.top_p < 1:
            shares = shares.masked_fill(shares < self._least_share(shares), 0)
        mass = shares.cumsum(-1, dtype=torch.float64)
        return torch.searchsorted(mass, uniforms[:, None] * mass[:, -1:] * BELOW_ONE, right=True)[:, 0]

    def _least_share(self, shares: Tensor) -> Tensor:
        """The probability (B, 1) of the last token that is needed to reach ``top_p``."""
        ordered = shares.sort(-1, descending=True).values
        before = ordered.cumsum(-1) - ordered
        needed = (before < self.top_p).sum(-1, keepdim=True)
        return ordered.gather(-1, needed - 1)


class Uniforms:
    """The uniform numbers of a sample: one for each row and place, whatever is drawn with them.

    The number of a row and a place depends on nothing but the seed: so the same seed draws the same number in the same
    place from every model, however many rows are asked for, and however long they become.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, rows: np.ndarray, place: int) -> np.ndarray:
        """Return the numbers (B,) of rows (B,), ascending, at a place."""
        bits = np.random.PCG64(derive_seed(self._seed, "place", place))
        return np.random.Generator(bits.advance(int(rows[0]))).random(int(rows[-1] - rows[0]) + 1)[rows - rows[0]]


class Cache:
    """Keys and values of the tokens of B rows at up to T places, in every layer."""

    def __init__(self, network: Network, rows: int, places: int) -> None:
        sizes = network.architecture
        shape = (sizes.layers, rows, sizes.heads, places, sizes.width // sizes.heads)
        self._network = network
        self._keys, self._values = (torch.empty(shape, device=network.device) for _ in range(2))
        self.length = 0

    def keep(self, rows: Tensor) -> None:
        """Keep some of the rows."""
        self._keys, self._values = (tensor.index_select(1, rows) for tensor in (self._keys, self._values))

    def logits(self, tokens: Tensor) -> Tensor:
        """Read tokens (B, S), more than one only at the very beginning; return the logits (B, V) after the last."""
        network, (rows, count), first = self._network, tokens.shape, self.length
        heads = network.architecture.heads
        states = network.embed(tokens[None], first=first).flatten(1, 2)
        self.length = first + count
        for layer in range(network.architecture.layers):
            queries, keys, values = (
                part.view(rows, count, heads, -1).transpose(1, 2) for part in network.attended(states, layer)
            )
            self._keys[layer, :, :, first : self.length] = keys
            self._values[layer, :, :, first : self.length] = values
            mixed = scaled_dot_product_attention(
                queries,
                self._keys[layer, :, :, : self.length],
                self._values[layer, :, :, : self.length],
                is_causal=count > 1,
            )
            states = network.perceive(states, mixed.transpose(1, 2).reshape(states.shape), layer)
        last = states.view(rows, count, -1)[None, :, -1]
        return network.logits(network.norm(last, "ln_f"))[0]


def draw_rows(
    network: Network,
    choice: Choice,
    *,
    rows: np.ndarray,
    given: np.ndarray,
    uniforms: Uniforms,
    end: int,
    longest: int,
) -> list[np.ndarray]:
    """Draw rows of tokens, each begun after an end of text and up to the next one.

    Where a row outgrows the context, the window moves on by :func:`stride`, as it does where rows are scored.

    Args:
        network: of one replicate.
        choice: among the probable tokens.
        rows: (B,) their numbers in the sample, ascending.
        given: (B, n) the tokens that each row begins with, −1 where there are no more.
        uniforms: of the sample.
        end: the id of the end of text; it is not drawn for the first token of a row.
        longest: tokens at which a row is cut off.

    Returns B rows, each with at least one token.
    """
    context, device = network.architecture.context, network.device
    known = min(int((given >= 0).sum(axis=1).min()), longest - 1, context - 1)
    tokens = torch.full((len(rows), 1 + longest), end, dtype=torch.int64, device=device)
    tokens[:, 1 : 1 + known] = torch.from_numpy(given[:, :known]).to(device)
    lengths = torch.full((len(rows),), longest, device=device)
    at_work, unfinished = torch.arange(len(rows), device=device), torch.ones(len(rows), dtype=torch.bool, device=device)
    cache, window = Cache(network, len(rows), min(context, longest)), 0
    for place in range(known, longest):
        if cache.length == context:
            window, cache.length = window + stride(context), 0
        logits = cache.logits(tokens[at_work, window + cache.length : place + 1])
        if place == 0:
            logits[:, end] = -torch.inf
        kept = at_work.cpu().numpy()
        drawn = choice.draw(logits, torch.from_numpy(uniforms.of(rows[kept], place)).to(device))
        if place < given.shape[1]:
            fixed = torch.from_numpy(given[kept, place].astype(np.int64)).to(device)
            drawn = torch.where(fixed >= 0, fixed, drawn)
        tokens[at_work, place + 1] = drawn
        lengths[at_work[unfinished & (drawn == end)]] = place
        unfinished &= drawn != end
        left = int(unfinished.sum())
        if not left:
            break
        if left <= WORTH_LEAVING_OUT * len(at_work):
            cache.keep(unfinished.nonzero()[:, 0])
            at_work, unfinished = at_work[unfinished], unfinished[unfinished]
    return [row[1 : 1 + length] for row, length in zip(tokens.cpu().numpy(), lengths.tolist(), strict=True)]


def stride(context: int) -> int:
    """By how many tokens the window moves on over a row that is longer than the context."""
    return context // 2
