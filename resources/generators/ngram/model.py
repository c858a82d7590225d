"""The fitted n-gram models of a cohort: sampling and loss."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import chain, repeat
from typing import Any

import numpy as np
import polars as pl

from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.fitting.frames import loss_frame, pack_strings, replicate_column
from outcross.resources.generators.ngram.grams import Grams
from outcross.resources.generators.ngram.walk import walk
from outcross.resources.schema import Schema
from outcross.resources.seeds import generator
from outcross.resources.tokens import detokenize, tokenize

REDRAWS = 10
"""Largest number of redraws of a row of line breaks only; then it is kept."""


@dataclass(frozen=True)
class _Draws:
    """Draws words from n-gram counts, and keeps them, (words,)."""

    counts: Grams
    random: np.random.Generator
    words: np.ndarray

    def of_many(self, places: np.ndarray, contexts: list[np.ndarray]) -> np.ndarray:
        self.words[places] = drawn = self.counts.draw(contexts, self.random)
        return drawn

    def of_few(self, places: list[int], contexts: list[list[int]]) -> list[int]:
        drawn = self.counts.draw_few(contexts, self.random)
        for place, word in zip(places, drawn, strict=True):
            self.words[place] = word
        return drawn


@dataclass(frozen=True)
class Replicate:
    """The model of one replicate.

    Attributes:
        vocabulary: the training words, ascending; word i has id i + 1.
        counts: its n-gram counts.
        lengths: distinct numbers of words in a training row, ascending.
        length_weights: total weight of the rows of each length.
    """

    vocabulary: list[str]
    counts: Grams
    lengths: np.ndarray
    length_weights: np.ndarray

    def sample(self, rows: int, random: np.random.Generator) -> list[str]:
        """Draw texts, each from an empty context. Rows of line breaks only are drawn again."""
        lengths = self._row_lengths(rows, random)
        words = self._draw(lengths, random)
        for _ in range(REDRAWS):
            blank = self._lack_words(words, lengths)
            if not blank.any():
                break
            words[np.repeat(blank, lengths)] = self._draw(lengths[blank], random)
        tokens = [self.vocabulary[word - 1] for word in words.tolist()]
        ends = np.cumsum(lengths)
        return [
            detokenize(tokens[start:end]) for start, end in zip((ends - lengths).tolist(), ends.tolist(), strict=True)
        ]

    def _draw(self, lengths: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Draw the words of rows of these lengths, row after row."""
        drawn = _Draws(self.counts, random, np.zeros(lengths.sum(), dtype=np.int64))
        walk(self.counts, lengths, drawn)
        return drawn.words

    def _lack_words(self, words: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return (rows,) whether a row is line breaks only."""
        breaks = np.array([word[0] == "\n" for word in self.vocabulary])[words - 1]
        row = np.repeat(np.arange(len(lengths)), lengths)
        result: np.ndarray = (lengths > 0) & (np.bincount(row, ~breaks, minlength=len(lengths)) == 0)
        return result

    def _row_lengths(self, rows: int, random: np.random.Generator) -> np.ndarray:
        """Draw row lengths by systematic sampling from the training lengths, in random order.

        For as many rows as training rows of equal weight, these are exactly the training lengths: the same token
        budget.
        """
        share = np.cumsum(self.length_weights) / self.length_weights.sum()
        point = (np.arange(rows) + random.random()) / rows
        chosen = np.minimum(np.searchsorted(share, point, side="right"), len(share) - 1)
        return random.permutation(self.lengths[chosen])

    def nats(self, rows: list[list[str]]) -> np.ndarray:
        """Return the negative log-likelihood of each tokenized row, given its number of words."""
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        return self.nats_of_words(number_words(rows, self.vocabulary, count=int(lengths.sum())), lengths)

    def nats_of_words(self, words: np.ndarray, lengths: np.ndarray) -> np.ndarray:
        """Return the same of rows whose words, one row after the other, :func:`number_words` has numbered."""
        with np.errstate(divide="ignore"):  # without smoothing, an unseen n-gram has infinite loss
            surprise = -np.log(self.counts.probability(self.counts.contexts(words, lengths), words))
        return np.bincount(np.repeat(np.arange(len(lengths)), lengths), surprise, minlength=len(lengths))


def number_words(rows: list[list[str]], vocabulary: list[str], *, count: int) -> np.ndarray:
    """Return the ids of all words of tokenized rows, ``count`` in total; the last is that of unknown ones."""
    identity = dict(zip(vocabulary, range(1, len(vocabulary) + 1), strict=True))
    numbered = map(identity.get, chain.from_iterable(rows), repeat(len(vocabulary) + 1))
    return np.fromiter(numbered, dtype=np.int64, count=count)


@dataclass(frozen=True)
class NGramModel(CohortModel):
    """One n-gram model per replicate.

    Attributes:
        schema: one column of text.
        members: replicate → its n-gram model, ascending.
        budget: what the fit spent.
        fit_loss: K mean losses of the training rows, nats per word.
        version: of the generator.
        settings: of the generator, for the card.
    """

    schema: Schema
    members: dict[int, Replicate]
    budget: Budget
    fit_loss: list[float]
    version: str
    settings: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw ``rows`` texts from each model.

        Samples contain training words only: for each word, the mass of unknown words is redistributed over the known
        words in proportion. So a word that one generation does not draw is lost to all later generations of a chain
        without real text, which is how vocabularies collapse.
        """
        texts = [
            text for number, member in self.members.items() for text in member.sample(rows, generator(seeds[number]))
        ]
        return pl.DataFrame(
            {
                "replicate": replicate_column(list(self.members), rows),
                self.schema.names[0]: pl.Series(texts, dtype=pl.String),
            }
        )

    def loss(self, rows: pl.DataFrame, *, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Return the exact negative log-likelihood of each row's words given their number; ``units`` are words.

        Without smoothing, the loss of a row with an unseen n-gram is infinite.
        """
        tokens = [tokenize(text) for text in rows[self.schema.names[0]]]
        nats = np.stack([member.nats(tokens) for member in self.members.values()])
        return loss_frame(list(self.members), nats, np.array([len(row) for row in tokens], dtype=np.int64))

    def tensors(self) -> Tensors:
        """Return each replicate's vocabulary, n-grams with counts and row lengths with weights, and ``fit_loss``."""
        tensors = {"fit_loss": np.asarray(self.fit_loss)}
        for number, member in self.members.items():
            tensors |= {
                f"{number}/vocabulary": pack_strings(member.vocabulary),
                f"{number}/grams": member.counts.grams,
                f"{number}/counts": member.counts.counts,
                f"{number}/lengths": member.lengths,
                f"{number}/length_weights": member.length_weights,
            }
        return tensors

    def card(self) -> dict[str, Any]:
        """Return settings, schema, replicates, budget, and the vocabulary size of each replicate."""
        return {
            **self.settings,
            "version": self.version,
            "schema": self.schema.to_json(),
            "replicates": list(self.members),
            "budget": asdict(self.budget),
            "vocabulary": [len(member.vocabulary) for member in self.members.values()],
        }
