"""How texts are written, as numbers in which generated ones differ from real ones, whatever they are about."""

from dataclasses import dataclass
from typing import Self

import numpy as np
import polars as pl

from outcross.assets.instruments.surprisal import WORDS, Surprisal
from outcross.assets.instruments.words import Words


@dataclass(frozen=True)
class Style:
    """A model of some real texts, by which others are described."""

    model: Surprisal

    @classmethod
    def fit(cls, texts: pl.Series) -> Self:
        """Fit to real texts; what it says of these is no measure of others."""
        words = Words.read(texts)
        return cls(Surprisal.fit(words.hashes, words.lengths, vocabulary=WORDS))

    def encode(self, texts: pl.Series) -> np.ndarray:
        """Return (rows, 8): surprisal; n-grams that the model has seen; length; word length; different words; marks."""
        words = Words.read(texts)
        hashes, lengths, row = words.hashes, words.lengths, words.row
        of = np.maximum(lengths, 1)
        characters = np.array([len(each) for each in words.types], dtype=np.float64)[words.ids]
        marks = np.array([not each[0].isalnum() for each in words.types], dtype=np.float64)[words.ids]
        different = np.unique(row * max(len(words.types), 1) + words.ids) // max(len(words.types), 1)
        return np.column_stack(
            [
                np.nan_to_num(self.model.nats(hashes, lengths)),
                self.model.seen(hashes, lengths),
                np.log1p(lengths),
                np.bincount(row, weights=characters, minlength=len(lengths)) / of,
                np.bincount(different, minlength=len(lengths)) / of,
                np.bincount(row, weights=marks, minlength=len(lengths)) / of,
            ]
        )
