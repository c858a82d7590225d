"""Features of texts: counts of words and of word pairs, hashed into buckets."""

from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import polars as pl

from outcross.assets.instruments.words import Words
from outcross.resources.schema import Schema

BUCKETS = 1_024
PAIR = np.uint64(0x9E3779B97F4A7C15)
MIX = np.uint64(0xBF58476D1CE4E5B9)


@dataclass(frozen=True)
class TextFeatures:
    """ln(1 + count) of the word 1-grams and 2-grams that fall into each of ``BUCKETS`` buckets of a fixed hash."""

    column: str

    @classmethod
    def fit(cls, rows: pl.DataFrame, schema: Schema) -> Self:
        """Take the text column from the schema; hashing needs no fit, so the rows are not used."""
        assert schema.text is not None
        return cls(schema.text.name)

    def encode(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows, buckets) float64."""
        words = Words.read(rows[self.column])
        hashes, first = words.hashes, words.follows(1)
        grams = np.concatenate([hashes, hashes[first] * PAIR + hashes[first + 1]])
        row = np.concatenate([words.row, words.row[first]])
        counts = np.bincount(row * BUCKETS + _bucket(grams), minlength=rows.height * BUCKETS)
        return np.log1p(counts.reshape(rows.height, BUCKETS))

    def facts(self) -> dict[str, Any]:
        """Return everything that the features depend on, JSON-able."""
        return {"kind": "text", "column": self.column, "buckets": BUCKETS, "pair": int(PAIR), "mix": int(MIX)}


def _bucket(grams: np.ndarray) -> np.ndarray:
    """Return the bucket of each n-gram; its bits are mixed first, so that all of them matter."""
    mixed = (grams ^ (grams >> np.uint64(31))) * MIX
    result: np.ndarray = ((mixed >> np.uint64(33)) % np.uint64(BUCKETS)).astype(np.int64)
    return result
