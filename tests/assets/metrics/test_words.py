import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.standard_error import jackknife_error
from outcross.assets.instruments.vocabulary import rare_types, survival
from outcross.assets.instruments.words import Words
from outcross.assets.metrics.words import distinct
from outcross.resources.seeds import generator
from outcross.resources.tokens import detokenize, tokenize
from tests.assets.evaluation.data import probe, split, values
from tests.assets.evaluation.texts import errors_over_spread, words_of, zipf_words


def counted(texts: list[str]) -> list[float]:
    found = []
    for n in range(1, 5):
        grams = [tuple(t[i : i + n]) for t in map(tokenize, texts) for i in range(len(t) - n + 1)]
        found.append(len(set(grams)) / len(grams) if grams else 0.0)
    return found


def ours(words: Words) -> list[float]:
    return [distinct(grams)[0] for grams in words.grams]


def test_distinct_counts_n_grams_within_rows() -> None:
    texts = ["a b a b a c", "", "a b", "c a b a b"]
    assert ours(words_of(*texts)) == pytest.approx(counted(texts))


def test_distinct_of_real_text_equals_a_direct_count() -> None:
    texts = split("python_docs")[0]["text"][:100]
    assert ours(Words.read(texts)) == pytest.approx(counted(texts.to_list()))


def test_distinct_of_no_words_is_0() -> None:
    assert ours(words_of("", "")) == [0.0, 0.0, 0.0, 0.0]


def test_the_errors_of_distinct_and_survival_are_those_of_leaving_out_each_row() -> None:
    texts = split("python_docs")[0]["text"][:30].to_list()
    words, types = words_of(*texts), frozenset(tokenize(" ".join(texts[:10])))
    others = [words_of(*texts[:row], *texts[row + 1 :]) for row in range(30)]
    for n, grams in enumerate(words.grams):
        expected = jackknife_error(np.array([distinct(other.grams[n])[0] for other in others]))
        assert distinct(grams)[1] == pytest.approx(expected)
    expected = jackknife_error(np.array([survival(other, types)[0] for other in others]))
    assert survival(words, types)[1] == pytest.approx(expected)


def test_the_errors_of_distinct_and_survival_are_no_smaller_than_the_spread_over_repeated_samples() -> None:
    types = frozenset(f"w{number}" for number in range(200, 600))

    def drawn(seed: int) -> Words:
        return zipf_words(seed, rows=60, length=15, types=600)

    assert 0.95 < errors_over_spread(lambda seed: distinct(drawn(seed).grams[0]), 200) < 1.6
    assert 0.95 < errors_over_spread(lambda seed: distinct(drawn(seed).grams[1]), 200) < 1.6
    assert 0.95 < errors_over_spread(lambda seed: survival(drawn(seed), types), 200) < 1.6


def test_rare_types_make_up_a_twentieth_of_the_tokens_at_most() -> None:
    words = words_of("a " * 60 + "b " * 36 + "c c d e")
    assert rare_types(words) == {"c", "d", "e"}
    assert rare_types(words_of("a " * 60 + "b " * 36 + "c c c d d e")) == {"d", "e"}


def test_without_rare_types_the_least_frequent_are_used() -> None:
    assert rare_types(words_of("a a a b b")) == {"b"}
    assert rare_types(words_of("a b")) == {"a", "b"}
    assert rare_types(words_of("")) == frozenset()


def test_rare_types_vanish_before_the_vocabulary() -> None:
    anchor = split("python_docs")[0]
    assert values("python_docs", anchor)["rare_type_survival"] == 1.0
    half = values("python_docs", anchor[: anchor.height // 2])
    assert half["rare_type_survival"] < half["vocabulary_survival"] - 0.1


def test_the_anchor_keeps_its_whole_vocabulary_and_half_of_its_rows_less() -> None:
    anchor = split("python_docs")[0]
    half = anchor[: anchor.height // 2]
    types = {word for text in half["text"] for word in tokenize(text)}
    assert values("python_docs", anchor)["vocabulary_survival"] == 1.0
    expected = len(types) / len(probe("python_docs").vocabulary)
    assert values("python_docs", half)["vocabulary_survival"] == pytest.approx(expected)
    assert expected < 0.95


def test_cross_entropy_rises_when_words_are_shuffled() -> None:
    _, holdout, _ = split("python_docs")
    random = generator(1)
    scrambled = holdout.with_columns(
        text=pl.Series([detokenize(random.permutation(tokenize(text)).tolist()) for text in holdout["text"]])
    )
    ordered, disordered = (values("python_docs", rows)["cross_entropy"] for rows in (holdout, scrambled))
    assert disordered > ordered + 1.0


def test_cross_entropy_is_nats_over_words_of_the_language_model() -> None:
    anchor, _, _ = split("python_docs")
    scored = probe("python_docs").language_model.loss(anchor[:50], seeds={0: 1})
    expected = scored["nats"].sum() / sum(len(tokenize(text)) for text in anchor["text"][:50])
    assert values("python_docs", anchor[:50])["cross_entropy"] == pytest.approx(expected)


def test_texts_without_words_are_measured_without_an_error() -> None:
    found = values("python_docs", pl.DataFrame({"text": ["", " "]}))
    assert found["vocabulary_survival"] == 0.0
    assert np.isnan(found["entropy_ratio"])


def test_perplexity_is_e_to_the_cross_entropy_and_of_the_holdout_one() -> None:
    anchor, holdout, _ = split("python_docs")
    found = values("python_docs", anchor[:50])
    assert found["cross_perplexity"] == pytest.approx(np.exp(found["cross_entropy"]))
    real = values("python_docs", holdout)
    assert real["perplexity_ratio"] == pytest.approx(1.0)
    assert found["perplexity_ratio"] == pytest.approx(found["cross_perplexity"] / real["cross_perplexity"])


def test_a_repeated_phrase_has_a_lower_perplexity_than_real_text() -> None:
    anchor = split("python_docs")[0]
    assert values("python_docs", pl.concat([anchor[:1]] * 50))["perplexity_ratio"] < 0.5


def test_the_error_of_the_perplexity_is_the_spread_over_samples_of_rows() -> None:
    rows, fitted = split("python_docs")[1], probe("python_docs")
    scored = fitted.language_model.loss(rows, seeds={0: 1})
    nats, units = scored["nats"].to_numpy(), scored["units"].to_numpy()
    random, found = np.random.default_rng(1), []
    for _ in range(300):
        chosen = random.integers(len(nats), size=len(nats))
        found.append(np.exp(nats[chosen].sum() / units[chosen].sum()))
    value, error = fitted.holdout_nats_per_token
    assert np.std(found) == pytest.approx(np.exp(value) * error, rel=0.15)
