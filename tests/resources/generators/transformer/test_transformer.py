"""The language model: what it learns, what it samples, and its likelihood."""

import math

import numpy as np
import polars as pl
import pytest
from pydantic import ValidationError

from outcross.resources.compute import bounded_threads
from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Cohort
from outcross.resources.generators.transformer.settings import Transformer
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.tokens import tokenize
from tests.resources.cohorts import cohort_of

SCHEMA = Schema((Column(name="text", role=Role.TEXT),))
TINY = Transformer(width=32, layers=2, heads=2, context=32, batch=4, steps=60, learning_rate=0.01)
ANIMALS = ["the cat sat", "the dog sat", "the cat ran", "a dog ran off"]


@pytest.fixture(autouse=True)
def one_thread():
    with bounded_threads():
        yield


def texts(rows) -> pl.DataFrame:
    return pl.DataFrame({"text": list(rows)}, schema={"text": pl.String})


def animals(rows: int, seed: int) -> pl.DataFrame:
    return texts(np.random.default_rng(seed).choice(ANIMALS, rows).tolist())


def held_out(model, rows) -> dict[int, float]:
    lines = model.loss(rows, seeds={}).group_by("replicate").agg(pl.col("nats").sum() / pl.col("units").sum())
    return dict(lines.iter_rows())


def weights_of(model) -> dict[str, np.ndarray]:
    return {name: array for name, array in model.tensors().items() if name.startswith("network/")}


def same(first, second) -> bool:
    return all(np.array_equal(array, second[name]) for name, array in first.items())


@pytest.fixture(scope="module")
def model():
    with bounded_threads():
        return TINY.model_copy(update={"steps": 250}).fit(cohort_of(SCHEMA, {0: animals(200, 1)}))


def test_samples_are_as_frequent_as_their_likelihood(model):
    drawn = model.sample(rows=4000, seeds={0: 5})["text"]
    counted = drawn.value_counts().filter(pl.col("count") > 200)
    observed = counted["count"].to_numpy() / len(drawn)
    stated = np.exp(-model.loss(counted.select("text"), seeds={})["nats"].to_numpy())
    error = np.sqrt(stated * (1 - stated) / len(drawn))
    assert set(counted["text"]) == set(ANIMALS)
    assert (np.abs(observed - stated) < 4.5 * error).all()


def test_training_rows_have_nearly_all_the_probability(model):
    stated = np.exp(-model.loss(texts(ANIMALS), seeds={})["nats"].to_numpy())
    assert 0.8 < stated.sum() < 1
    assert stated.min() > 0.1


def test_losses_count_words_and_punctuation_not_the_model_s_own_tokens(model):
    rows = ["the cat sat", "", "a dog, off"]
    loss = model.loss(texts(rows), seeds={})
    assert loss["units"].to_list() == [len(tokenize(row)) for row in rows] == [3, 0, 4]
    assert loss["nats"].is_finite().all() and (loss["nats"] > 0).all()


def test_the_training_loss_is_in_the_units_of_the_loss(model):
    assert model.fit_loss[0] == pytest.approx(held_out(model, animals(500, 7))[0], abs=0.15)


def test_bpe_is_learned_and_losses_are_comparable_with_bytes():
    settings = TINY.model_copy(update={"tokens": "bpe", "vocabulary": 270, "steps": 150})
    pieces = settings.fit(cohort_of(SCHEMA, {0: animals(200, 1)}))
    assert pieces.card()["tokens_known"][0] == 270
    stated = np.exp(-pieces.loss(texts(ANIMALS), seeds={})["nats"].to_numpy())
    assert 0.7 < stated.sum() < 1 + 1e-9


def test_replicates_can_have_vocabularies_of_unequal_size():
    frames = {0: animals(50, 1), 1: texts(["aab", "aabb"] * 20)}
    settings = TINY.model_copy(update={"tokens": "bpe", "vocabulary": 300, "steps": 5})
    fitted = settings.fit(cohort_of(SCHEMA, frames))
    sizes = fitted.card()["tokens_known"]
    assert sizes[1] < sizes[0] <= 300
    assert fitted.network.parameters["wte.weight"].shape[:2] == (2, 300)
    assert fitted.sample(rows=30, seeds={0: 1, 1: 2}).height == 60


def test_every_fit_has_the_same_token_budget_whatever_its_rows():
    frames = {0: animals(20, 1), 1: animals(300, 2)}
    weights = {0: [0.0] * 5 + [1.0] * 15, 1: [1.0] * 300}
    budget = TINY.model_copy(update={"steps": 3}).fit(cohort_of(SCHEMA, frames, weights)).budget
    assert budget.tokens == [3 * 4 * 32] * 2
    assert (budget.rows, budget.steps, budget.rows_seen) == ([20, 300], 3, [12, 12])


def test_rows_count_by_their_weight():
    frame = texts(["yes", "no"] * 20)
    tilted = TINY.model_copy(update={"steps": 150}).fit(cohort_of(SCHEMA, {0: frame}, {0: [3.0, 1.0] * 20}))
    stated = np.exp(-tilted.loss(texts(["yes", "no"]), seeds={})["nats"].to_numpy())
    assert stated[0] / stated.sum() == pytest.approx(0.75, abs=0.1)


def test_training_continues_from_an_earlier_model_with_its_tokens():
    settings = TINY.model_copy(update={"tokens": "bpe", "vocabulary": 300})
    earlier = settings.fit(cohort_of(SCHEMA, {0: animals(60, 1), 1: animals(60, 2)}))
    brief = settings.model_copy(update={"steps": 1, "learning_rate": 1e-6})
    cohort = cohort_of(SCHEMA, {1: texts(["entirely other words"] * 10)})
    warm, cold = (
        brief.fit(Cohort(rows=cohort.rows, schema=SCHEMA, seeds=cohort.seeds, start=start)) for start in (earlier, None)
    )
    assert warm.members[1].tokens.to_json() == earlier.members[1].tokens.to_json()
    assert cold.members[1].tokens.to_json() != earlier.members[1].tokens.to_json()
    holdout = animals(50, 9)
    assert held_out(warm, holdout)[1] == pytest.approx(held_out(earlier, holdout)[1], rel=1e-3)
    assert held_out(cold, holdout)[1] > held_out(earlier, holdout)[1] + 1


def test_samples_begin_with_prompts_from_training_rows():
    settings = TINY.model_copy(update={"prompt_tokens": 5, "steps": 1})
    frame, weights = texts(["hello world", "goodbye", "hi", "never"]), [1.0, 1.0, 2.0, 0.0]
    drawn = settings.fit(cohort_of(SCHEMA, {0: frame}, {0: weights})).sample(rows=400, seeds={0: 3})["text"]
    begun = {prompt: drawn.str.starts_with(prompt).mean() for prompt in ("hello", "goodb", "hi")}
    assert sum(begun.values()) == pytest.approx(1)
    assert begun["hi"] == pytest.approx(0.5, abs=0.1)


def test_no_row_is_empty_or_blank_or_longer_than_the_longest_training_row():
    frame = texts(["", " ", "\n", "é", "ab c"] * 8)
    drawn = TINY.fit(cohort_of(SCHEMA, {0: frame})).sample(rows=300, seeds={0: 1})["text"]
    assert (drawn.str.strip_chars().str.len_bytes() > 0).all()
    assert drawn.str.replace_all("\ufffd", "?").str.len_bytes().max() == 4


def test_the_same_seed_gives_all_models_common_random_numbers(model):
    drawn = model.sample(rows=40, seeds={0: 8})
    assert model.sample(rows=150, seeds={0: 8})[:40].equals(drawn)
    further = TINY.model_copy(update={"steps": 1, "learning_rate": 1e-4})
    cohort = cohort_of(SCHEMA, {0: animals(200, 2)})
    following = further.fit(Cohort(rows=cohort.rows, schema=SCHEMA, seeds=cohort.seeds, start=model))
    alike = (following.sample(rows=40, seeds={0: 8})["text"] == drawn["text"]).mean()
    unlike = (following.sample(rows=40, seeds={0: 9})["text"] == drawn["text"]).mean()
    assert alike > 0.9 > 0.6 > unlike


@pytest.mark.parametrize("change", [{"temperature": 0.005}, {"top_k": 1}, {"top_p": 0.01}])
def test_less_probable_tokens_can_be_excluded(model, change):
    sharp = TINY.model_copy(update=change).load(model.tensors(), model.card())
    assert model.sample(rows=100, seeds={0: 1})["text"].n_unique() >= 4
    assert sharp.sample(rows=100, seeds={0: 1})["text"].n_unique() == 1


def test_half_precision_trains_nearly_the_same_model():
    frame = animals(100, 1)
    rough = TINY.model_copy(update={"precision": "bfloat16"}).fit(cohort_of(SCHEMA, {0: frame}))
    exact = TINY.fit(cohort_of(SCHEMA, {0: frame}))
    assert not same(weights_of(rough), weights_of(exact))
    assert rough.fit_loss[0] == pytest.approx(exact.fit_loss[0], rel=0.1)


def test_a_training_that_diverges_raises():
    fitted = TINY.model_copy(update={"steps": 1}).fit(cohort_of(SCHEMA, {0: animals(10, 1)}))
    fitted.network.parameters["ln_f.bias"].fill_(math.inf)
    cohort = cohort_of(SCHEMA, {0: animals(10, 1)})
    with pytest.raises(BadInput, match="lower 'learning_rate'"):
        TINY.fit(Cohort(rows=cohort.rows, schema=SCHEMA, seeds=cohort.seeds, start=fitted))


def test_columns_and_settings_that_it_cannot_model_raise():
    with pytest.raises(BadInput, match=r"'transformer'.*role 'text'"):
        TINY.check(Schema((Column(name="age", role=Role.NUMERIC),)))
    with pytest.raises(BadInput, match="replicate 0 are empty; add rows with text"):
        TINY.fit(cohort_of(SCHEMA, {0: texts(["", ""])}))
    with pytest.raises(ValidationError, match="multiple of 'heads'"):
        Transformer(width=10, heads=4)
