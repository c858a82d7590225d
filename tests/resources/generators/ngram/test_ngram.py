from collections import Counter
from pydoc_data.topics import topics

import numpy as np
import polars as pl
import pytest

from outcross.resources.errors import BadInput
from outcross.resources.generators.ngram import few_rows
from outcross.resources.generators.ngram.grams import count_grams
from outcross.resources.generators.ngram.settings import NGram
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.tokens import detokenize, tokenize
from tests.resources.cohorts import cohort_of, through_files

SCHEMA = Schema((Column(name="text", role=Role.TEXT),))


def texts(rows):
    return pl.DataFrame({"text": rows}, schema={"text": pl.String})


@pytest.fixture(scope="module")
def blocks():
    tokens = tokenize("\n".join(topics.values()), lines=False)
    return [detokenize(tokens[first : first + 64]) for first in range(0, len(tokens) - 63, 64)]


@pytest.fixture(scope="module")
def model(blocks):
    return NGram().fit(cohort_of(SCHEMA, {0: texts(blocks[::2])}))


def perplexing(model, rows):
    loss = model.loss(texts(rows), seeds={})
    return loss["nats"].sum() / loss["units"].sum()


@pytest.mark.parametrize("order", [1, 2, 3, 5])
def test_probabilities_sum_to_one_over_known_and_unknown_words(blocks, order):
    counts = NGram(order=order).fit(cohort_of(SCHEMA, {0: texts(blocks[:100])})).members[0].counts
    random = np.random.default_rng(4)
    contexts, every = counts.start(1), np.arange(1, counts.words + 2)
    for word in [*random.integers(1, counts.words + 2, size=3), *counts.grams[random.integers(len(counts.grams))]]:
        p = counts.probability([np.repeat(context, len(every)) for context in contexts], every)
        assert p[:-1].sum() + p[-1] * (counts.open_vocabulary - counts.words) == pytest.approx(1, abs=1e-9)
        assert p.min() > 0
        contexts = counts.advance(contexts, np.array([word]))


def test_probabilities_are_those_of_the_witten_bell_formula():
    rows = ["a b a b a c", "b a b c", "c c a b b b"]
    model = NGram(order=3, open_vocabulary=1000).fit(cohort_of(SCHEMA, {0: texts(rows)}))
    grams = [Counter() for _ in range(4)]
    for row in rows:
        padded = ["<", "<", *row.split()]
        for end in range(3, len(padded) + 1):
            for length in range(1, 4):
                grams[length][tuple(padded[end - length : end])] += 1

    def probability(word, context):
        following = {gram: count for gram, count in grams[len(context) + 1].items() if gram[:-1] == context}
        shorter = probability(word, context[1:]) if context else 1 / 1000
        total, types = sum(following.values()), len(following)
        return (following.get((*context, word), 0) + types * shorter) / (total + types) if total else shorter

    held = ["b", "a", "c", "d", "a", "b"]
    padded = ["<", "<", *held]
    expected = -sum(np.log(probability(word, tuple(padded[at : at + 2]))) for at, word in enumerate(held))
    assert model.loss(texts([" ".join(held)]), seeds={})["nats"][0] == pytest.approx(expected, rel=1e-12)


def test_a_model_of_real_text_scores_real_text_better_than_a_model_of_shuffled_text(blocks, model):
    words = np.random.default_rng(5).permutation([word for block in blocks[::2] for word in tokenize(block)])
    shuffled = [detokenize(row.tolist()) for row in words.reshape(-1, 64)]
    other = NGram().fit(cohort_of(SCHEMA, {0: texts(shuffled)}))
    assert perplexing(model, blocks[1::2]) < perplexing(other, blocks[1::2]) - 0.5
    assert perplexing(model, blocks[1::2]) > model.fit_loss[0]


def test_a_model_that_lost_words_has_a_higher_loss(blocks, model):
    kept = {word for word, _ in Counter(tokenize(" ".join(blocks[::2]))).most_common(300)}
    poorer = [detokenize([word for word in tokenize(block) if word in kept]) for block in blocks[::2]]
    collapsed = NGram().fit(cohort_of(SCHEMA, {0: texts(poorer)}))
    assert perplexing(collapsed, blocks[1::2]) > perplexing(model, blocks[1::2]) + 1


def test_samples_follow_the_probabilities_of_the_next_word():
    rows = ["a b", "a b", "a c", "b d", "e f"]
    model = NGram(order=2, open_vocabulary=1000).fit(cohort_of(SCHEMA, {0: texts(rows)}))
    member = model.members[0]
    words = np.arange(1, 7)
    start = [np.repeat(context, 6) for context in member.counts.start(1)]
    expected = member.counts.probability(start, words)
    firsts = Counter(text.split()[0] for text in model.sample(rows=50_000, seeds={0: 3})["text"])
    drawn = np.array([firsts[word] for word in member.vocabulary]) / 50_000
    np.testing.assert_allclose(drawn, expected / expected.sum(), atol=0.011)
    assert expected.sum() < 0.95


def test_samples_have_known_words_only_and_as_many_as_the_training_rows(blocks, model):
    drawn = [tokenize(text) for text in model.sample(rows=500, seeds={0: 1})["text"]]
    assert {len(row) for row in drawn} == {64}
    assert {word for row in drawn for word in row} <= {word for block in blocks[::2] for word in tokenize(block)}


def test_equally_many_rows_of_unequal_length_have_exactly_the_same_tokens(blocks):
    rows = [detokenize(tokenize(block)[: 1 + 7 * index % 64]) for index, block in enumerate(blocks[:300])]
    model = NGram().fit(cohort_of(SCHEMA, {0: texts(rows)}))
    drawn = [len(tokenize(text)) for text in model.sample(rows=300, seeds={0: 1})["text"]]
    assert sorted(drawn) == sorted(len(tokenize(row)) for row in rows)
    assert drawn != sorted(drawn)
    assert model.budget.tokens == [sum(drawn)]


def test_samples_of_text_are_scored_better_than_their_shuffled_words(model):
    drawn = model.sample(rows=100, seeds={0: 1})["text"]
    random = np.random.default_rng(6)
    shuffled = [detokenize(random.permutation(tokenize(text)).tolist()) for text in drawn]
    assert perplexing(model, drawn) < perplexing(model, shuffled) - 1


def test_rows_count_by_their_weight(blocks):
    half = blocks[:100]
    doubled = NGram().fit(cohort_of(SCHEMA, {0: texts([*half[:50], *half[:50], *half[50:]])}))
    weights = {0: [2.0] * 50 + [1.0] * 50}
    weighted = NGram().fit(cohort_of(SCHEMA, {0: texts(half)}, weights))
    assert weighted.loss(texts(blocks[100:150]), seeds={}).equals(doubled.loss(texts(blocks[100:150]), seeds={}))
    without = NGram().fit(cohort_of(SCHEMA, {0: texts(half)}, {0: [2.0] * 50 + [0.0] * 50}))
    assert without.card()["vocabulary"] == [len(set(tokenize(" ".join(half[:50]))))]


def test_words_in_any_script_and_empty_rows_are_kept(tmp_path):
    rows = ["straße — naïve 東京 'quoted'", "", "a\nb"]
    model = NGram().fit(cohort_of(SCHEMA, {0: texts(rows)}))
    again = through_files(model, NGram(), tmp_path)
    assert again.members[0].vocabulary == sorted(set(tokenize(" ".join(rows))))
    loss = again.loss(texts(rows), seeds={})
    assert loss["units"].to_list() == [len(tokenize(row)) for row in rows]
    assert loss["nats"][1] == 0


def test_schemas_other_than_one_text_column_are_rejected():
    with pytest.raises(BadInput, match="role 'text'"):
        NGram().check(Schema((Column(name="age", role=Role.NUMERIC),)))
    with pytest.raises(BadInput, match="'topic'"):
        NGram().check(Schema((*SCHEMA.columns, Column(name="topic", role=Role.LABEL))))
    with pytest.raises(BadInput, match="nulls"):
        NGram().check(Schema((Column(name="text", role=Role.TEXT, nullable=True),)))


def test_rows_without_words_or_with_too_many_raise(blocks):
    with pytest.raises(BadInput, match="no words; add rows with text"):
        NGram().fit(cohort_of(SCHEMA, {0: texts(["", "  "])}))
    with pytest.raises(BadInput, match="raise 'open_vocabulary'"):
        NGram(open_vocabulary=1000).fit(cohort_of(SCHEMA, {0: texts(blocks)}))


def test_a_row_of_weight_2_counts_in_the_lengths_as_two_rows():
    rows = ["a", "a b", "a b a b", "b a a b a a"]
    weighted = NGram().fit(cohort_of(SCHEMA, {0: texts(rows)}, {0: [1.0, 1.0, 2.0, 2.0]}))
    twice = NGram().fit(cohort_of(SCHEMA, {0: texts([*rows, *rows[2:]])}))
    drawn = weighted.sample(rows=60, seeds={0: 1})
    assert drawn.equals(twice.sample(rows=60, seeds={0: 1}))
    lengths = Counter(len(tokenize(text)) for text in drawn["text"])
    assert lengths == {1: 10, 2: 10, 4: 20, 6: 20}


LETTERS = list("abcaabdeabfc" * 9)
UNEVEN = [" ".join(LETTERS[start : start + length]) for start, length in enumerate([1, 2, 3, 5, 8, 13, 80])]


@pytest.mark.parametrize("smoothing", ["witten_bell", "none"])
@pytest.mark.parametrize("order", [1, 3])
def test_a_few_rows_are_drawn_and_scored_as_many_are(monkeypatch, smoothing, order):
    found = []
    for few in (0, 3, 100):
        monkeypatch.setattr(few_rows, "FEW", few)
        monkeypatch.setattr(few_rows, "NODES_A_STEP", 10**6)
        model = NGram(order=order, smoothing=smoothing, open_vocabulary=1000).fit(cohort_of(SCHEMA, {0: texts(UNEVEN)}))
        drawn = model.sample(rows=40, seeds={0: 7})
        found.append(
            (drawn["text"].to_list(), model.loss(texts([*drawn["text"], "b a z a b"]), seeds={})["nats"].to_list())
        )
    assert found[0] == found[1] == found[2]


def test_one_long_row_is_not_drawn_in_as_many_steps_of_all_rows(monkeypatch):
    rows = [" ".join("abcde"[(row * place) % 5] for place in range(10)) for row in range(60)]
    model = NGram().fit(cohort_of(SCHEMA, {0: texts([*rows, " ".join(["a b c d e"] * 400)])}))
    steps, draw = [], type(model.members[0].counts).draw
    monkeypatch.setattr(
        type(model.members[0].counts), "draw", lambda self, *given: steps.append(1) or draw(self, *given)
    )
    assert max(len(tokenize(text)) for text in model.sample(rows=61, seeds={0: 1})["text"]) == 2000
    assert len(steps) == 10


def test_code_is_written_with_its_line_breaks_and_still_parses():
    digits = np.random.default_rng(0).integers(10, size=(60, 4)).tolist()
    lines = [
        [f"    {pair[0]} = {pair[1]} + {digit}\n" for pair, digit in zip(("ab", "bc", "cd", "de"), row, strict=True)]
        for row in digits
    ]
    rows = texts([f"def f{number % 9}(x):\n{''.join(body)}    return x" for number, body in enumerate(lines)])
    model = NGram(order=8, smoothing="none").fit(cohort_of(SCHEMA, {0: rows}))
    drawn = model.sample(rows=60, seeds={0: 1})["text"]
    assert len(set(drawn) & set(rows["text"])) == 0
    assert drawn.str.count_matches("\n    ").min() >= 3
    assert sum(map(parses, drawn)) == 60
    assert not any(map(parses, drawn.str.replace_all(r"\s+", " ")))


def parses(source):
    try:
        compile(source, "row", "exec")
    except SyntaxError:
        return False
    return True


def test_scripts_without_spaces_are_written_without_any():
    rows = ["我们在海边找到了两只小船。", "他们在山上找到了三只羊。", "ที่นี่มีแมวสองตัว"] * 4
    drawn = NGram().fit(cohort_of(SCHEMA, {0: texts(rows)})).sample(rows=12, seeds={0: 1})["text"]
    assert not drawn.str.contains(" ").any()
    assert sum(len(tokenize(text)) for text in drawn) == sum(len(tokenize(text)) for text in rows)


def test_no_row_of_line_breaks_only_is_drawn():
    rows = ["\n\na"] * 30 + ["b"] * 30
    drawn = NGram(order=1).fit(cohort_of(SCHEMA, {0: texts(rows)})).sample(rows=60, seeds={0: 1})["text"]
    assert drawn.str.contains(r"\S").all()
    assert drawn.str.contains("\n").any()


@pytest.mark.parametrize("smoothing", ["witten_bell", "none"])
def test_the_training_loss_is_that_of_the_rows_per_word_each_row_by_its_weight(smoothing):
    rows, weights = ["a b a b", "b", "c a", "a a b c c a"], [1.0, 0.0, 2.5, 0.5]
    settings = NGram(order=2, smoothing=smoothing, open_vocabulary=1000)
    model = settings.fit(cohort_of(SCHEMA, {0: texts(rows), 3: texts(rows[:2])}, {0: weights, 3: [2.0, 1.0]}))
    loss = model.loss(texts(rows), seeds={})
    for place, (number, given) in enumerate({0: weights, 3: [2.0, 1.0]}.items()):
        scored = loss.filter(replicate=number)[: len(given)]
        nats, units, own = scored["nats"].to_numpy(), scored["units"].to_numpy(), np.array(given)
        seen = own > 0
        assert model.fit_loss[place] == pytest.approx((own @ np.where(seen, nats, 0)) / (own @ units))
    assert (model.budget.rows, model.budget.tokens, model.budget.rows_seen) == ([4, 2], [13, 5], [4, 2])
    assert model.budget.steps == 1


@pytest.mark.parametrize("order", [1, 2, 4])
@pytest.mark.parametrize("smoothing", ["witten_bell", "none"])
def test_contexts_of_whole_rows_are_those_of_one_word_after_another(order, smoothing):
    rows = ["a b a b c", "b a", "c c a b", "a"]
    counts = NGram(order=order, smoothing=smoothing).fit(cohort_of(SCHEMA, {0: texts(rows)})).members[0].counts
    asked = (
        [[1, 2, 1, 2, 3], [2, 1], [1], [3, 3, 1]] if smoothing == "none" else [[1, 4, 2, 1], [], [3], [4, 4, 1, 2, 3]]
    )
    words, lengths = np.array([word for row in asked for word in row]), np.array([len(row) for row in asked])
    whole, place = np.stack(counts.contexts(words, lengths)), 0
    for row in asked:
        contexts = counts.start(1)
        few = [int(each[0]) for each in contexts]
        for word in row:
            assert whole[:, place].tolist() == [int(each[0]) for each in contexts] == few
            contexts, few = counts.advance(contexts, np.array([word])), counts.advance_one(few, word)
            place += 1
    assert place == len(words)


def test_grams_are_counted_with_their_starts_and_weights():
    words, lengths, weights = np.array([2, 1, 2, 1, 3]), np.array([3, 0, 2]), np.array([1.0, 9.0, 0.5])
    grams, counts = count_grams(words, lengths, weights, order=2)
    assert dict(zip(map(tuple, grams.tolist()), counts.tolist(), strict=True)) == {
        (0, 2): 1.0,
        (2, 1): 1.0,
        (1, 2): 1.0,
        (0, 1): 0.5,
        (1, 3): 0.5,
    }
    assert grams.tolist() == sorted(grams.tolist())
    grams, counts = count_grams(words, lengths, weights, order=1)
    assert (grams.tolist(), counts.tolist()) == ([[1], [2], [3]], [1.5, 2.0, 0.5])


def test_a_word_that_no_context_explains_is_any_of_the_vocabulary_alike():
    """Of order 1, two fifths of the draws are uniform over the 1,000 words, the last ones included."""
    words = [f"w{number:04}" for number in range(1_000)]
    row = " ".join([*words, *["common"] * 500])
    model = NGram(order=1, open_vocabulary=1_001).fit(cohort_of(SCHEMA, {0: texts([row])}))
    drawn = Counter(word for text in model.sample(rows=100, seeds={0: 3})["text"] for word in text.split())
    (last,) = np.array_split([drawn[word] for word in words], [998])[1:]
    assert last.mean() > 0.75 * np.mean([drawn[word] for word in words])
