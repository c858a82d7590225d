"""The surprisal of rows under an n-gram model of other rows: trigrams with Witten–Bell interpolation.

The probability of a symbol w after its two predecessors h is p(w | h) = (c(h, w) + T(h) p(w | h′)) ÷ (c(h) + T(h)),
with T(h) the number of different symbols after h and h′ the shorter context (Witten & Bell 1991). Order zero is uniform
over an open vocabulary. A symbol is a word or a character. Symbols and contexts are hashes, so no vocabulary is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.hash_directory import HashDirectory
from outcross.assets.instruments.splitmix import mix_bits

ORDER = 3
WORDS, CHARACTERS = 1_000_000, 10_000
"""Assumed sizes of the open vocabularies."""
_START, _STEP = np.uint64(0x51ED270B), np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True)
class Table:
    """N-grams of one length: hashes ascending with counts, and hashes of their contexts with totals and types."""

    grams: np.ndarray
    counts: np.ndarray
    contexts: np.ndarray
    totals: np.ndarray
    types: np.ndarray

    def count(self, grams: np.ndarray) -> np.ndarray:
        """Return how often each n-gram was seen."""
        return self._of_grams.look_up(grams, self.counts)[0]

    def follow(self, contexts: np.ndarray) -> list[np.ndarray]:
        """Return how many symbols, and how many different ones, were seen after each context."""
        return self._of_contexts.look_up(contexts, self.totals, self.types)

    @cached_property
    def _of_grams(self) -> HashDirectory:
        return HashDirectory(self.grams)

    @cached_property
    def _of_contexts(self) -> HashDirectory:
        return HashDirectory(self.contexts)


@dataclass(frozen=True)
class Surprisal:
    """The model: one table for each length, the shortest first, and the size of the open vocabulary."""

    tables: tuple[Table, ...]
    vocabulary: int

    @classmethod
    def fit(cls, symbols: np.ndarray, lengths: np.ndarray, *, vocabulary: int) -> Self:
        """Count the n-grams of rows.

        Args:
            symbols: (symbols,) uint64 hashes, row after row.
            lengths: (rows,) symbols of each row.
            vocabulary: assumed number of different symbols.
        """
        tables = []
        for contexts, grams in _grams(symbols, lengths):
            distinct, first, counts = np.unique(grams, return_index=True, return_counts=True)
            own = contexts[first]
            known, place = np.unique(own, return_inverse=True)
            totals = np.bincount(place, weights=counts, minlength=len(known)).astype(np.int64)
            tables.append(Table(distinct, counts, known, totals, np.bincount(place, minlength=len(known))))
        return cls(tuple(tables), vocabulary)

    def nats(self, symbols: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the (rows,) mean surprisal of a symbol, nats; NaN for a row without symbols."""
        hashed = _grams(symbols, lengths)
        first, number = _number(hashed[-1][1])  # the longest n-gram determines the others
        probability = np.full(len(first), 1.0 / self.vocabulary)
        for table, (contexts, grams) in zip(self.tables, hashed, strict=True):
            count, (total, types) = table.count(grams[first]), table.follow(contexts[first])
            blended = (count + types * probability) / np.maximum(total + types, 1)
            probability = np.where(total > 0, blended, probability)
        row = np.repeat(np.arange(len(lengths)), lengths)
        sums = np.bincount(row, weights=-np.log(probability)[number], minlength=len(lengths))
        with np.errstate(invalid="ignore"):
            result: np.ndarray = np.where(lengths > 0, sums / np.maximum(lengths, 1), np.nan)
        return result

    def seen(self, symbols: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return (rows, ORDER): the share of the n-grams of each length, of each row, that the model has seen."""
        row = np.repeat(np.arange(len(lengths)), lengths)
        shares = []
        for table, (_, grams) in zip(self.tables, _grams(symbols, lengths), strict=True):
            known = table.count(grams) > 0
            shares.append(np.bincount(row, weights=known, minlength=len(lengths)) / np.maximum(lengths, 1))
        return np.stack(shares, axis=1)

    def arrays(self) -> dict[str, np.ndarray]:
        """Return everything that :meth:`from_arrays` needs."""
        names = [each.name for each in fields(Table)]
        found = {f"{n}_{name}": getattr(table, name) for n, table in enumerate(self.tables) for name in names}
        return {**found, "vocabulary": np.array(self.vocabulary)}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Self:
        """Rebuild the model from its arrays."""
        names = Table.__dataclass_fields__
        tables = (Table(**{name: arrays[f"{n}_{name}"] for name in names}) for n in range(ORDER))
        return cls(tuple(tables), int(arrays["vocabulary"]))


def _grams(symbols: np.ndarray, lengths: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
    """Hash, for each length, the context of each symbol and the n-gram that it ends; before a row are start marks."""
    place = np.arange(len(symbols)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    context, mixed = np.zeros(len(symbols), dtype=np.uint64), mix_bits(symbols)
    found = []
    for n in range(ORDER):
        if n:
            before = np.where(place >= n, np.roll(symbols, n), _START)
            context = mix_bits(context * _STEP + before + np.uint64(n))
        found.append((context, mix_bits(context + mixed)))
    return found


def _number(hashes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Number the distinct hashes; return a place of each, and the number of the hash at every place."""
    frame = pl.DataFrame({"hash": hashes}).with_row_index("place")
    distinct = frame.unique("hash", keep="any").with_row_index("number")
    number = frame.join(distinct.select("hash", "number"), on="hash", how="left", maintain_order="left")["number"]
    return distinct["place"].to_numpy(), number.to_numpy()
