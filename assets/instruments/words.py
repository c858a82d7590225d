"""Rows of text as arrays of word ids, tokenized once for all metrics."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.grams import Grams, find_grams
from outcross.resources.compute import thread_count
from outcross.resources.tokens import LINE_BREAKS, PIECE, tokenize_piece

SLICE = 16_384
"""Rows split at one time."""


@dataclass(frozen=True)
class Words:
    """The tokens of rows of text.

    Attributes:
        types: distinct tokens, in order of first appearance; after :meth:`take`, some may not occur.
        ids: (tokens,) int64 place in ``types`` of every token, row after row.
        lengths: (rows,) int64 number of tokens in each row.
    """

    types: list[str]
    ids: np.ndarray
    lengths: np.ndarray

    @classmethod
    def read(cls, texts: pl.Series) -> Self:
        """Tokenize a String column; a null is a text without tokens.

        Tokens do not reach over spaces, but for indentation, so each distinct piece is tokenized once. The rows are
        split in threads, whose number changes no value.
        """
        place: dict[str, int] = {}
        none = np.zeros(0, dtype=np.int64)
        ids, lengths = [none], [none]
        with ThreadPoolExecutor(thread_count()) as pool:
            for distinct, code, pieces in pool.map(_split, texts.to_frame().iter_slices(SLICE)):
                tokens, sizes = _number_tokens(distinct, place)
                if (sizes == 1).all():
                    ids.append(tokens[code])
                    lengths.append(pieces)
                    continue
                counts = sizes[code]
                ids.append(tokens[ranges((np.cumsum(sizes) - sizes)[code], counts)])
                lengths.append(np.diff(np.append(0, np.cumsum(counts))[np.cumsum(pieces)], prepend=0))
        read = cls(list(place), np.concatenate(ids), np.concatenate(lengths))
        return read._without_blank_rows() if any(word[0] == "\n" for word in read.types) else read

    @cached_property
    def row(self) -> np.ndarray:
        """(tokens,) the row of each token."""
        return np.repeat(np.arange(len(self.lengths)), self.lengths)

    @cached_property
    def grams(self) -> tuple[Grams, ...]:
        """The n-grams for n = 1..4, within rows."""
        return find_grams(self.ids, self.row, types=len(self.types), rows=len(self.lengths))

    @cached_property
    def type_hashes(self) -> np.ndarray:
        """(types,) uint64 hash of each type, the same in every process and Python version."""
        return np.array([_hash(word) for word in self.types], dtype=np.uint64)

    @property
    def hashes(self) -> np.ndarray:
        """(tokens,) uint64 hash of each token."""
        result: np.ndarray = self.type_hashes[self.ids]
        return result

    @cached_property
    def is_break(self) -> np.ndarray:
        """(types,) whether a type is a line break, with the indentation behind it."""
        return np.array([word[0] == "\n" for word in self.types], dtype=bool)

    @property
    def visible(self) -> "Words":
        """The rows without their line breaks."""
        if not self.is_break.any():
            return self
        seen = ~self.is_break[self.ids]
        return self._with(self.ids[seen], np.bincount(self.row[seen], minlength=len(self.lengths)))

    def _without_blank_rows(self) -> Self:
        """Return the rows, without tokens where all are line breaks: types in order of first appearance."""
        words = self.visible.lengths
        if (words[self.lengths > 0] > 0).all():
            return self
        lengths = np.where(words > 0, self.lengths, 0)
        kept = self.ids[np.repeat(words > 0, self.lengths)]
        used, first, place = np.unique(kept, return_index=True, return_inverse=True)
        order = np.argsort(first)
        rank = np.empty_like(order)
        rank[order] = np.arange(len(order))
        return type(self)([self.types[each] for each in used[order]], rank[place], lengths)

    def follows(self, steps: int) -> np.ndarray:
        """Return the positions of the tokens with ``steps`` more tokens after them in their row."""
        return np.flatnonzero(self.row[: max(len(self.row) - steps, 0)] == self.row[steps:])

    def take(self, rows: np.ndarray) -> "Words":
        """Return the rows at these places, in this order."""
        lengths = self.lengths[rows]
        first = np.cumsum(self.lengths) - self.lengths
        return self._with(self.ids[ranges(first[rows], lengths)], lengths)

    def shuffle(self, random: np.random.Generator) -> "Words":
        """Return the rows in random order, so that the first ones are a sample."""
        return self.take(random.permutation(len(self.lengths)))

    def head(self, tokens: int) -> "Words":
        """Return the rows that hold the first ``tokens`` tokens; the last row may be cut."""
        lengths = np.diff(np.minimum(np.cumsum(self.lengths), tokens), prepend=0)
        return self._with(self.ids[:tokens], lengths[lengths > 0])

    def _with(self, ids: np.ndarray, lengths: np.ndarray) -> "Words":
        """Return other rows of the same types, with what has been computed of the types."""
        found = Words(self.types, ids, lengths)
        found.__dict__.update({name: each for name, each in vars(self).items() if name in _OF_TYPES})
        return found


def ranges(first: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Return first, first + 1, … (``length`` whole numbers) for every pair, pair after pair."""
    return np.repeat(first - (np.cumsum(lengths) - lengths), lengths) + np.arange(lengths.sum())


def sort_distinct(numbers: np.ndarray) -> np.ndarray:
    """Return the distinct numbers, ascending; for whole numbers several times faster than ``np.unique``."""
    ordered = np.sort(numbers)
    result: np.ndarray = ordered[np.append(True, ordered[1:] != ordered[:-1])[: len(ordered)]]
    return result


_OF_TYPES = ("type_hashes", "is_break")


def _number_tokens(pieces: list[str], place: dict[str, int]) -> tuple[np.ndarray, np.ndarray]:
    """Number the tokens of pieces, piece after piece, and count those of each; new tokens are added to ``place``."""
    known, sizes = list[int](), np.ones(len(pieces), dtype=np.int64)
    for number, piece in enumerate(pieces):
        if piece.isascii() and piece.isalnum():  # most are: a token as it stands
            known.append(place.setdefault(piece, len(place)))
        else:
            tokens = tokenize_piece(piece)
            sizes[number] = len(tokens)
            known.extend(place.setdefault(token, len(place)) for token in tokens)
    return np.array(known, dtype=np.int64), sizes


def _split(rows: pl.DataFrame) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Split texts at spaces; two spaces in a row have an empty piece between them. Indented line breaks are pieces too.

    Returns the distinct pieces in order of first appearance; (pieces,) the code of each; (rows,) pieces in each row.
    """
    texts = rows.to_series().fill_null("")
    broken = texts.str.contains(f"[\n{LINE_BREAKS}]")
    pieces = _split_lines(texts) if broken.any() else texts.str.split(" ")
    each = pieces.explode(empty_as_null=False)
    distinct = each.unique(maintain_order=True)
    code = each.cast(pl.Enum(distinct)).to_physical().to_numpy()
    return distinct.to_list(), code, pieces.list.len().to_numpy().astype(np.int64)


def _split_lines(texts: pl.Series) -> pl.Series:
    return (
        texts.str.replace_all("\r\n", "\n", literal=True)
        .str.replace_all(f"[{LINE_BREAKS}]", "\n")
        .str.extract_all(PIECE)
    )


def _hash(word: str) -> int:
    return int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big")
