"""A word n-gram model: the simplest text generator with an exact likelihood over an open vocabulary."""

from itertools import chain
from typing import Any, ClassVar, Literal

import numpy as np
from pydantic import Field

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget, Cohort, Generator, Progress, Tensors
from outcross.resources.generators.fitting.frames import unpack_strings
from outcross.resources.generators.fitting.text_column import check_text_column
from outcross.resources.generators.ngram.grams import Grams, count_grams
from outcross.resources.generators.ngram.model import NGramModel, Replicate, number_words
from outcross.resources.generators.ngram.relative_frequency import RelativeFrequency
from outcross.resources.generators.ngram.witten_bell import WittenBell
from outcross.resources.schema import Modality, Schema
from outcross.resources.tokens import tokenize


class NGram(Generator):
    """Word n-grams, with Witten–Bell smoothing or with relative frequencies.

    The n-grams of a row count by its weight (``counts_by_weight``). Witten–Bell smoothing compares these counts with
    the number of distinct words after a context, so it is not invariant to the scale of the weights: rows of weight 2
    are smoothed less than the same rows of weight 1, as if each row occurred twice. Rows of weight 0 are absent.

    Attributes:
        order: n; a word depends on the n − 1 before it.
        smoothing: ``witten_bell`` interpolates all orders (see :mod:`.witten_bell`); ``none`` uses
            relative frequencies (see :mod:`.relative_frequency`), so that samples contain seen n-grams only.
        open_vocabulary: assumed number of words of the language. The probability of words outside the training rows is
            spread evenly over the rest of them. Losses are comparable between models with the same value. Without
            smoothing, unknown words have probability zero, and the setting is only a limit.
    """

    version: ClassVar[str] = "2"
    modalities: ClassVar[frozenset[Modality]] = frozenset({"text"})
    counts_by_weight: ClassVar[bool] = True
    keeps_lengths: ClassVar[bool] = True

    kind: Literal["ngram"] = "ngram"
    order: int = Field(default=3, ge=1, le=8)
    smoothing: Literal["witten_bell", "none"] = "witten_bell"
    open_vocabulary: int = Field(default=1_000_000, ge=1_000, le=1_000_000_000)

    def check(self, schema: Schema) -> None:
        """Accept exactly one column, of text, without nulls."""
        check_text_column(schema, kind=self.kind)

    def smooth(self, grams: np.ndarray, counts: np.ndarray, *, words: int) -> Grams:
        """Return the model of counted n-grams (G, n) with their counts (G,) over ``words`` known words."""
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
            lengths = np.array([len(text) for text in texts], dtype=np.int64)
            members[number], words = self._count(texts, lengths, weights)
            # A row left out may have an infinite loss.
            nats = np.where(weights > 0, members[number].nats_of_words(words, lengths), 0.0)
            fit_loss.append(float(weights @ nats / (weights @ lengths)))
            tokens.append(int(lengths.sum()))
            rows.append(frame.height)
            if progress:
                progress(done, len(cohort.replicates))
        return NGramModel(
            schema=cohort.schema,
            members=members,
            budget=Budget(rows=rows, tokens=tokens, steps=1, rows_seen=rows),
            fit_loss=fit_loss,
            version=self.version,
            settings=self.model_dump(),
        )

    def _count(self, rows: list[list[str]], lengths: np.ndarray, weights: np.ndarray) -> tuple[Replicate, np.ndarray]:
        """Count the n-grams of tokenized rows; rows of weight 0 are absent. Return the words of all rows as well."""
        kept = weights > 0
        vocabulary = sorted(set(chain.from_iterable(row for row, counts in zip(rows, kept, strict=True) if counts)))
        if not vocabulary or len(vocabulary) > self.open_vocabulary:
            too_many = f"more distinct words than 'open_vocabulary' ({self.open_vocabulary:,})"
            wrong = too_many if vocabulary else "no words"
            remedy = "raise 'open_vocabulary'" if vocabulary else "add rows with text"
            raise BadInput(f"generator 'ngram': the training rows have {wrong}; {remedy}")
        words = number_words(rows, vocabulary, count=int(lengths.sum()))
        counted = words[np.repeat(kept, lengths)]
        grams, counts = count_grams(counted, lengths[kept], weights[kept], order=self.order)
        distinct, inverse = np.unique(lengths[kept], return_inverse=True)
        replicate = Replicate(
            vocabulary=vocabulary,
            counts=self.smooth(grams, counts, words=len(vocabulary)),
            lengths=distinct,
            length_weights=np.bincount(inverse, weights=weights[kept]),
        )
        return replicate, words

    def load(self, tensors: Tensors, card: dict[str, Any]) -> NGramModel:
        """Rebuild the models from their n-grams."""
        members = {}
        for number in card["replicates"]:
            part = {name: tensors[f"{number}/{name}"] for name in ("grams", "counts", "lengths", "length_weights")}
            vocabulary = [word for word in unpack_strings(tensors[f"{number}/vocabulary"]) if word is not None]
            counts = self.smooth(part["grams"], part["counts"], words=len(vocabulary))
            members[number] = Replicate(vocabulary, counts, part["lengths"], part["length_weights"])
        return NGramModel(
            schema=Schema.from_json(card["schema"]),
            members=members,
            budget=Budget(**card["budget"]),
            fit_loss=tensors["fit_loss"].tolist(),
            version=self.version,
            settings=self.model_dump(),
        )
