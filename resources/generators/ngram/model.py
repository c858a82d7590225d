"""The fitted n-gram models of a cohort: sampling and loss."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import polars as pl

from outcross.resources.generators.contract import Budget, CohortModel, Tensors
from outcross.resources.generators.fitting.frames import loss_frame, pack_strings, replicate_column
from outcross.resources.generators.ngram.grams import Grams
from outcross.resources.schema import Schema
from outcross.resources.seeds import generator
from outcross.resources.tokens import detokenize, tokenize


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
        """Draw texts, each from an empty context."""
        lengths = self._row_lengths(rows, random)
        words = np.zeros((rows, lengths.max(initial=0)), dtype=np.int64)
        contexts, unfinished = self.counts.start(rows), np.arange(rows)
        for step in range(words.shape[1]):
            longer = lengths[unfinished] > step
            unfinished, contexts = unfinished[longer], [context[longer] for context in contexts]
            words[unfinished, step] = drawn = self.counts.draw(contexts, random)
            contexts = self.counts.advance(contexts, drawn)
        return [
            detokenize([self.vocabulary[word - 1] for word in row[:length]])
            for row, length in zip(words.tolist(), lengths.tolist(), strict=True)
        ]

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
        identity = {word: index for index, word in enumerate(self.vocabulary, start=1)}
        lengths = np.array([len(row) for row in rows], dtype=np.int64)
        unknown = len(self.vocabulary) + 1
        words = np.array([identity.get(token, unknown) for row in rows for token in row], dtype=np.int64)
        first = np.cumsum(lengths) - lengths
        nats, unfinished = np.zeros(len(rows)), np.arange(len(rows))
        contexts = self.counts.start(len(rows))
        for step in range(lengths.max(initial=0)):
            longer = lengths[unfinished] > step
            unfinished, contexts = unfinished[longer], [context[longer] for context in contexts]
            current = words[first[unfinished] + step]
            with np.errstate(divide="ignore"):  # without smoothing, an unseen n-gram has infinite loss
                nats[unfinished] -= np.log(self.counts.probability(contexts, current))
            contexts = self.counts.advance(contexts, current)
        return nats


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
