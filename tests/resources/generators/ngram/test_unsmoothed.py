"""N-grams without smoothing: relative frequencies, and the resulting survival of words."""

from collections import Counter
from itertools import pairwise

import numpy as np
import polars as pl
import pytest

from outcross.resources.generators.ngram.model import NGramModel
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources import PythonDocs
from outcross.resources.tokens import tokenize
from tests.resources.cohorts import cohort_of

SCHEMA = Schema((Column(name="text", role=Role.TEXT),))


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    return PythonDocs(words="folded").load().rows


def fitted(*frames: pl.DataFrame, order: int = 1) -> NGramModel:
    return NGram(order=order, smoothing="none").fit(cohort_of(SCHEMA, dict(enumerate(frames))))


def words_of(rows: pl.DataFrame) -> list[str]:
    return " ".join(rows["text"]).split()


def test_loss_is_that_of_relative_frequencies(rows: pl.DataFrame) -> None:
    text = rows.head(50)
    model = fitted(text, order=2)
    pairs, firsts = Counter[tuple[str, str]](), Counter[str]()
    for row in text["text"]:
        words = ["<", *row.split()]
        pairs.update(pairwise(words))
        firsts.update(words[:-1])
    for row, nats in zip(text["text"], model.loss(text, seeds={})["nats"], strict=True):
        words = ["<", *row.split()]
        expected = -sum(np.log(pairs[pair] / firsts[pair[0]]) for pair in pairwise(words))
        assert nats == pytest.approx(expected, rel=1e-12)
    assert np.isfinite(model.fit_loss[0])


def test_a_row_with_an_unseen_pair_of_known_words_is_impossible(rows: pl.DataFrame) -> None:
    model = fitted(pl.DataFrame({"text": ["a b a c", "a b b a"]}), order=2)
    nats = model.loss(pl.DataFrame({"text": ["a b a", "a c b", "b a", "a d"]}), seeds={})["nats"].to_numpy()
    assert np.isfinite(nats).tolist() == [True, False, False, False]
    assert np.isposinf(nats[1:]).all()


@pytest.mark.parametrize("order", [2, 3])
def test_every_sampled_word_was_seen_after_its_context_or_follows_a_row_end(rows: pl.DataFrame, order: int) -> None:
    text = rows.head(120)
    seen: dict[tuple[str, ...], set[str]] = {}
    for row in text["text"]:
        words = ["<"] * (order - 1) + row.split()
        for end in range(order - 1, len(words)):
            seen.setdefault(tuple(words[end - order + 1 : end]), set()).add(words[end])
    restarts = 0
    for row in fitted(text, order=order).sample(rows=400, seeds={0: 4})["text"]:
        context = beginning = ("<",) * (order - 1)
        for word in row.split():
            if context not in seen:
                context, restarts = beginning, restarts + 1
            assert word in seen[context]
            context = (*context, word)[1:]
    assert restarts, "some rows must have come to the end of a training row"


def test_words_of_order_one_are_drawn_from_a_multinomial(rows: pl.DataFrame) -> None:
    text = rows.head(60)
    model, counts = fitted(text), Counter(words_of(text))
    total, repeats = sum(counts.values()), 400
    common = [word for word, _ in counts.most_common(30)]
    drawn = [Counter(words_of(model.sample(rows=60, seeds={0: seed}))) for seed in range(repeats)]
    table = np.array([[sample[word] for word in common] for sample in drawn])
    share = np.array([counts[word] for word in common]) / total
    variance = total * share * (1 - share)
    assert (np.abs(table.mean(axis=0) - total * share) < 4 * np.sqrt(variance / repeats)).all()
    assert (np.abs(table.var(axis=0, ddof=1) / variance - 1) < 4 * np.sqrt(2.5 / repeats)).all()
    assert np.corrcoef(table[:, 0], table[:, 1])[0, 1] < 0.1


def survival(rows: pl.DataFrame, *, generations: int, height: int) -> np.ndarray:
    alive, types = [], len(set(words_of(rows)))
    for generation in range(generations):
        rows = fitted(rows).sample(rows=height, seeds={0: 100 + generation})
        alive.append(len(set(words_of(rows))) / types)
    return np.array(alive)


def expected_survival(rows: pl.DataFrame, generations: int) -> np.ndarray:
    counts, left, alive = np.array(list(Counter(words_of(rows)).values())), 1.0, []
    for _ in range(generations):
        alive.append(float((1 - np.exp(-counts * left)).mean()))
        left = 1 - np.exp(-left)
    return np.array(alive)


def test_words_of_real_text_survive_a_pure_loop_as_often_as_theory_predicts(rows: pl.DataFrame) -> None:
    expected = expected_survival(rows, 5)
    error = np.sqrt(expected * (1 - expected) / len(set(words_of(rows))))
    assert (np.abs(survival(rows, generations=5, height=rows.height) - expected) < 4 * error).all()
    halved = survival(rows, generations=5, height=rows.height // 2)
    assert (np.abs(halved - expected) > 4 * error).all(), "half the budget must be told apart"


def test_only_smoothing_gives_unseen_words_a_finite_loss(rows: pl.DataFrame) -> None:
    held = rows[200:260]
    smooth = NGram(order=1).fit(cohort_of(SCHEMA, {0: rows.head(100)}))
    assert set(tokenize(" ".join(held["text"]))) - set(words_of(rows.head(100)))
    assert np.isfinite(smooth.loss(held, seeds={})["nats"].to_numpy()).all()
    assert not np.isfinite(fitted(rows.head(100)).loss(held, seeds={})["nats"].to_numpy()).all()
