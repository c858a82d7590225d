"""A word n-gram model: the smallest generator of text whose likelihood is exact, over an open vocabulary."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar, Literal, Self

import numpy as np
import polars as pl
from pydantic import Field

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort, CohortModel, Generator, Progress, Tensors
from outcross.resources.generators.fitting.frames import loss_frame, pack_strings, replicate_column, unpack_strings
from outcross.resources.generators.fitting.text_column import check_text_column
from outcross.resources.generators.ngram.grams import Grams, count_grams
from outcross.resources.generators.ngram.relative_frequency import RelativeFrequency
from outcross.resources.generators.ngram.witten_bell import WittenBell
from outcross.resources.schema import Modality, Schema
from outcross.resources.seeds import generator
from outcross.resources.tokens import detokenize, tokenize


@dataclass(frozen=True)
class Replicate:
    """The model of one replicate.

    Attributes:
        vocabulary: the words seen, ascending; word i has id i + 1.
        counts: its n-grams.
        lengths: distinct numbers of words in a training row, ascending.
        length_weights: total weight of the rows of each length.
    """

    vocabulary: list[str]
    counts: Grams
    lengths: np.ndarray
    length_weights: np.ndarray

    @classmethod
    def fit(cls, rows: list[list[str]], weights: np.ndarray, settings: "NGram") -> Self:
        """Count the n-grams of tokenized rows; rows of weight 0 count as absent."""
        kept = [(row, weight) for row, weight in zip(rows, weights, strict=True) if weight > 0]
        tokens = [token for row, _ in kept for token in row]
        vocabulary = sorted(set(tokens))
        if not tokens or len(vocabulary) > settings.open_vocabulary:
            wrong = f"more words than open_vocabulary: {settings.open_vocabulary:,}" if tokens else "no words"
            raise BadInput(f"generator 'ngram': the training rows hold {wrong}; give it text, or raise the setting")
        identity = {word: index for index, word in enumerate(vocabulary, start=1)}
        words = np.fromiter((identity[token] for token in tokens), dtype=np.int64, count=len(tokens))
        lengths = np.array([len(row) for row, _ in kept])
        weight = np.array([weight for _, weight in kept])
        grams, counts = count_grams(words, lengths, weight, order=settings.order)
        distinct, inverse = np.unique(lengths, return_inverse=True)
        return cls(
            vocabulary=vocabulary,
            counts=settings.smoothed(grams, counts, words=len(vocabulary)),
            lengths=distinct,
            length_weights=np.bincount(inverse, weights=weight),
        )

    def sample(self, rows: int, random: np.random.Generator) -> list[str]:
        """Draw texts, each begun from an empty context."""
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
        """Draw row lengths systematically from the training rows', in random order.

        As many rows as were trained on, of equal weight, get exactly the training lengths: the same token budget.
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
            with np.errstate(divide="ignore"):  # without smoothing, what was never seen costs infinitely many nats
                nats[unfinished] -= np.log(self.counts.probability(contexts, current))
            contexts = self.counts.advance(contexts, current)
        return nats


@dataclass(frozen=True)
class NGramModel(CohortModel):
    """One n-gram model per replicate."""

    schema: Schema
    members: dict[int, Replicate]
    budget: Budget
    fit_loss: list[float]
    settings: dict[str, Any]

    def sample(self, *, rows: int, seeds: Mapping[int, int]) -> pl.DataFrame:
        """Draw ``rows`` texts from each model.

        Samples hold words of the training rows only: any mass of unknown words is shared out among the known ones in
        proportion, word by word. So a word that one generation fails to draw is gone from all later ones of a chain
        that sees no real text, which is how vocabularies collapse.
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

        Without smoothing it is infinite for a row that holds an n-gram never seen.
        """
        tokens = [tokenize(text) for text in rows[self.schema.names[0]]]
        nats = np.stack([member.nats(tokens) for member in self.members.values()])
        return loss_frame(list(self.members), nats, np.array([len(row) for row in tokens], dtype=np.int64))

    def tensors(self) -> Tensors:
        """Of each replicate: vocabulary, distinct n-grams and their counts, row lengths and theirs; ``fit_loss``."""
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
        """Settings, schema, replicates, budget, and how many distinct words each replicate saw."""
        return {
            **self.settings,
            "version": NGram.version,
            "schema": self.schema.to_json(),
            "replicates": list(self.members),
            "budget": asdict(self.budget),
            "vocabulary": [len(member.vocabulary) for member in self.members.values()],
        }


class NGram(Generator):
    """Word n-grams, smoothed or as they were counted.

    Attributes:
        order: n; a word depends on the n − 1 before it.
        smoothing: ``witten_bell`` interpolates all orders (see :mod:`.witten_bell`); ``none`` takes
            relative frequencies (see :mod:`.relative_frequency`), so that only n-grams that were
            seen are drawn.
        open_vocabulary: how many words the language is taken to have. The probability left for words that were not in
            the training rows is spread evenly over the rest of them. Losses compare between models that share it.
            Without smoothing none is left, and the setting is a mere limit.
    """

    version: ClassVar[str] = "1"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"text"})

    kind: Literal["ngram"] = "ngram"
    order: int = Field(default=3, ge=1, le=8)
    smoothing: Literal["witten_bell", "none"] = "witten_bell"
    open_vocabulary: int = Field(default=1_000_000, ge=1_000, le=1_000_000_000)

    def check(self, schema: Schema) -> None:
        """Accept exactly one column, of text, without nulls."""
        check_text_column(schema, kind=self.kind)

    def smoothed(self, grams: np.ndarray, counts: np.ndarray, *, words: int) -> Grams:
        """Return the model of counted n-grams (G, n) with their counts (G,) over so many known words."""
        if self.smoothing == "none":
            return RelativeFrequency(grams, counts, words)
        return WittenBell(grams, counts, words, self.open_vocabulary)

    def fit(self, cohort: Cohort, *, progress: Progress | None = None) -> NGramModel:
        """Count each replicate's n-grams, a row's by its weight."""
        self.check(cohort.schema)
        members, fit_loss, tokens, rows = {}, [], [], []
        for done, number in enumerate(cohort.replicates, start=1):
            frame = cohort.replicate(number)
            texts, weights = [tokenize(text) for text in frame[cohort.schema.names[0]]], frame["weight"].to_numpy()
            member = Replicate.fit(texts, weights, self)
            lengths = np.array([len(text) for text in texts])
            members[number] = member
            fit_loss.append(float(weights @ member.nats(texts) / (weights @ lengths)))
            tokens.append(int(lengths.sum()))
            rows.append(frame.height)
            if progress:
                progress(done, len(cohort.replicates))
        return NGramModel(
            schema=cohort.schema,
            members=members,
            budget=Budget(rows=rows, tokens=tokens, steps=1, rows_seen=rows),
            fit_loss=fit_loss,
            settings=self.model_dump(),
        )

    def load(self, tensors: Tensors, card: dict[str, Any]) -> NGramModel:
        """Rebuild the models from their n-grams."""
        members = {}
        for number in card["replicates"]:
            part = {name: tensors[f"{number}/{name}"] for name in ("grams", "counts", "lengths", "length_weights")}
            vocabulary = [word for word in unpack_strings(tensors[f"{number}/vocabulary"]) if word is not None]
            counts = self.smoothed(part["grams"], part["counts"], words=len(vocabulary))
            members[number] = Replicate(vocabulary, counts, part["lengths"], part["length_weights"])
        return NGramModel(
            schema=Schema.from_json(card["schema"]),
            members=members,
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
            settings=self.model_dump(),
        )
