"""The language model as a learner: what it scores by hand, and which models it accepts."""

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from pydantic import TypeAdapter, ValidationError

from outcross.assets.study.learners import AnyLearner
from outcross.assets.study.learners.contract import Lesson
from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Cohort
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.tokens import tokenize

ADAPTER: TypeAdapter[Any] = TypeAdapter(AnyLearner)
TEXT = Column(name="words", role=Role.TEXT)
SCHEMA = Schema((TEXT, Column(name="kind", role=Role.LABEL)))
WORDS = ["the cat sat", "a dog ran", "the dog sat", "a cat ran", "the bird flew"]
TRAIN = pl.DataFrame({"words": WORDS * 4, "kind": ["x"] * 20})
TEST = pl.DataFrame({"words": ["the dog ran", "ein Käfer flog"], "kind": ["x", "y"]})
UNIGRAMS = {"kind": "language_model", "model": {"kind": "ngram", "order": 1, "open_vocabulary": 1_000}}
TINY = {"kind": "transformer", "steps": 2, "batch": 2, "width": 8, "layers": 1, "heads": 1, "context": 16}


def scored(settings: dict[str, Any], train: pl.DataFrame = TRAIN) -> dict[str, tuple[float, float]]:
    lesson = Lesson(rows=train, weights=np.ones(train.height), schema=SCHEMA, seed=1, replicate=2)
    trained = ADAPTER.validate_python(settings).train(lesson)
    return {each.metric: (each.value, each.standard_error) for each in trained.judge(TEST)}


def test_nats_are_counted_per_word_and_bits_per_byte_of_real_text() -> None:
    found = scored(UNIGRAMS)
    texts = Schema((TEXT,))
    rows = TRAIN.select(pl.lit(2, dtype=pl.Int32).alias("replicate"), pl.lit(1.0).alias("weight"), "words")
    model = NGram(order=1, open_vocabulary=1_000).fit(Cohort(rows=rows, schema=texts, seeds={2: 1}))
    nats = model.loss(TEST.select("words"), seeds={2: 0})["nats"].sum()
    words = sum(len(tokenize(text)) for text in TEST["words"])
    size = sum(len(text.encode()) for text in TEST["words"])
    assert (words, size) == (6, 26)
    assert found["learner_nats_per_word"][0] == pytest.approx(nats / words)
    assert found["learner_bits_per_byte"][0] == pytest.approx(nats / math.log(2) / size)
    assert all(error > 0 for _, error in found.values())


def test_a_model_that_read_text_like_it_predicts_real_text_better() -> None:
    other = TRAIN.with_columns(words=pl.lit("lorem ipsum dolor"))
    assert scored(UNIGRAMS)["learner_nats_per_word"][0] < scored(UNIGRAMS, other)["learner_nats_per_word"][0] - 0.3


def test_the_transformer_is_a_language_model_too_and_the_same_seed_gives_the_same_scores() -> None:
    settings = {"kind": "language_model", "model": {**TINY, "device": "cpu"}}
    first = scored(settings)
    assert first == scored(settings)
    assert 1 < first["learner_bits_per_byte"][0] < 12


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        ({"kind": "copula"}, "'copula' gives texts no likelihood; choose ngram or transformer"),
        ({"kind": "ngram", "smoothing": "none"}, "'smoothing: none' gives new words an infinite loss"),
        ({"kind": "nonsense"}, "does not match any of the expected tags"),
    ],
)
def test_models_without_a_finite_likelihood_of_text_are_refused(model: dict[str, Any], reason: str) -> None:
    with pytest.raises(ValidationError, match=reason):
        ADAPTER.validate_python({"kind": "language_model", "model": model})


def test_data_that_are_no_text_are_refused() -> None:
    learner = ADAPTER.validate_python({"kind": "language_model"})
    learner.check(SCHEMA)
    with pytest.raises(BadInput, match="learner 'language_model' learns from text data, but the source has table data"):
        learner.check(Schema((Column(name="size", role=Role.NUMERIC),)))


def test_its_release_names_the_model_so_that_another_version_of_it_is_another_learner() -> None:
    assert ADAPTER.validate_python(UNIGRAMS).release == f"1 ngram {NGram.version}"
