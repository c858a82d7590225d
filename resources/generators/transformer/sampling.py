# ruff: noqa: TID253 - only methods of the generator import this module, so torch may load with it
"""Batched sampling of token rows from one transformer, with a key–value cache."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import scaled_dot_product_attention

from outcross.resources.generators.transformer.network import Network
from outcross.resources.generators.transformer.utf8 import Utf8
from outcross.resources.seeds import derive_seed

ROWS_AT_ONCE = 128
"""Rows per batch."""
COMPACTION_SHARE = 0.75
"""Ended rows are removed from the batch when at most this share is unfinished, since removal copies the cache."""
BELOW_ONE = 1 - 2**-50
"""Factor that keeps a uniform number below the total mass despite rounding."""


@dataclass(frozen=True, kw_only=True)
class Choice:
    """Sampling of a token from its distribution: temperature, top-k and top-p.

    Attributes:
        temperature: divides the logits.
        top_k: only the k most probable tokens can be drawn; None for all.
        top_p: only the smallest set of most probable tokens with at least this total probability can be drawn (nucleus
            sampling, Holtzman et al. 2020, arXiv 1904.09751).
    """

    temperature: float
    top_k: int | None
    top_p: float

    def draw(self, logits: Tensor, uniforms: Tensor) -> Tensor:
        """Draw a token (B,) from logits (B, V) by inverting its distribution at uniform numbers (B,), float64.

        Tokens are in the order of their ids, so that a token changes only if the distribution does.
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
        """Probability (B, 1) of the least probable token in the nucleus."""
        ordered = shares.sort(-1, descending=True).values
        before = ordered.cumsum(-1) - ordered
        needed = (before < self.top_p).sum(-1, keepdim=True)
        return ordered.gather(-1, needed - 1)


class Uniforms:
    """The uniform numbers of a sample: one for each row and position.

    A number depends only on the seed, the row and the position. So all models under the same seed use common random
    numbers, whatever the number of rows and their lengths.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed

    def of(self, rows: np.ndarray, place: int) -> np.ndarray:
        """Return the numbers (B,) of ascending rows (B,) at a position."""
        bits = np.random.PCG64(derive_seed(self._seed, "place", place))
        result: np.ndarray = np.random.Generator(bits.advance(int(rows[0]))).random(int(rows[-1] - rows[0]) + 1)[
            rows - rows[0]
        ]
        return result


class KeyValueCache:
    """Keys and values of the tokens of B rows at up to T positions, in every layer."""

    def __init__(self, network: Network, rows: int, places: int) -> None:
        sizes = network.architecture
        shape = (sizes.layers, rows, sizes.heads, places, sizes.width // sizes.heads)
        self._network = network
        self._keys, self._values = (torch.empty(shape, device=network.device) for _ in range(2))
        self.length = 0

    def select(self, rows: Tensor) -> None:
        """Reduce the cache to some of the rows."""
        self._keys, self._values = (tensor.index_select(1, rows) for tensor in (self._keys, self._values))

    def logits(self, tokens: Tensor) -> Tensor:
        """Process tokens (B, S), with S > 1 only at position 0; return the logits (B, V) after the last token."""
        network, (rows, count), first = self._network, tokens.shape, self.length
        heads = network.architecture.heads
        states = network.embed(tokens[None], first=first).flatten(1, 2)
        self.length = first + count
        for layer in range(network.architecture.layers):
            queries, keys, values = (
                part.view(rows, count, heads, -1).transpose(1, 2) for part in network.queries_keys_values(states, layer)
            )
            self._keys[layer, :, :, first : self.length] = keys
            self._values[layer, :, :, first : self.length] = values
            mixed = scaled_dot_product_attention(
                queries,
                self._keys[layer, :, :, : self.length],
                self._values[layer, :, :, : self.length],
                is_causal=count > 1,
            )
            states = network.feed_forward(states, mixed.transpose(1, 2).reshape(states.shape), layer)
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
    utf8: Utf8 | None = None,
) -> list[np.ndarray]:
    """Draw rows of tokens, each from an end-of-text token to the next one.

    Where a row is longer than the context, the window advances by :func:`stride`, as in scoring.

    Args:
        network: of one replicate.
        choice: temperature, top-k and top-p.
        rows: (B,) row numbers in the sample, ascending.
        given: (B, n) the prompt of each row, −1 after its end.
        uniforms: of the sample.
        end: the id of the end-of-text token; it is never drawn as the first token of a row.
        longest: number of tokens at which a row is truncated.
        utf8: forbids tokens that would break a character; None to allow them.

    Returns B rows, each with at least one token.
    """
    context, device = network.architecture.context, network.device
    known = min(int((given >= 0).sum(axis=1).min()), longest - 1, context - 1)
    tokens = torch.full((len(rows), 1 + longest), end, dtype=torch.int64, device=device)
    tokens[:, 1 : 1 + known] = torch.from_numpy(given[:, :known]).to(device)
    lengths = torch.full((len(rows),), longest, device=device)
    at_work, unfinished = torch.arange(len(rows), device=device), torch.ones(len(rows), dtype=torch.bool, device=device)
    cache, window = KeyValueCache(network, len(rows), min(context, longest)), 0
    states = torch.zeros(len(rows), dtype=torch.int64, device=device)
    if utf8:
        for place in range(known):
            states = utf8.follow(states, tokens[:, 1 + place])
    for place in range(known, longest):
        if cache.length == context:
            window, cache.length = window + stride(context), 0
        logits = cache.logits(tokens[at_work, window + cache.length : place + 1])
        if place == 0:
            logits[:, end] = -torch.inf
        if utf8:
            logits = utf8.mask(logits, states, left=longest - place - 1)
        kept = at_work.cpu().numpy()
        drawn = choice.draw(logits, torch.from_numpy(uniforms.of(rows[kept], place)).to(device))
        if place < given.shape[1]:
            fixed = torch.from_numpy(given[kept, place].astype(np.int64)).to(device)
            drawn = torch.where(fixed >= 0, fixed, drawn)
        tokens[at_work, place + 1] = drawn
        if utf8:
            states = utf8.follow(states, drawn)
        lengths[at_work[unfinished & (drawn == end)]] = place
        unfinished &= drawn != end
        left = int(unfinished.sum())
        if not left:
            break
        if left <= COMPACTION_SHARE * len(at_work):
            cache.select(unfinished.nonzero()[:, 0])
            at_work, states, unfinished = at_work[unfinished], states[unfinished], unfinished[unfinished]
    return [row[1 : 1 + length] for row, length in zip(tokens.cpu().numpy(), lengths.tolist(), strict=True)]


def stride(context: int) -> int:
    """Return the number of tokens by which the window advances over a row that is longer than the context."""
    return context // 2
