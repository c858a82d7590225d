import polars as pl
import pytest

from assets.evaluation.text import distinct
from assets.evaluation.words import Words
from resources.seeds import generator
from resources.tokens import detokenize, tokenize
from tests.assets.evaluation.data import probe, split, values


def counted(texts: list[str]) -> list[float]:
    found = []
    for n in range(1, 5):
        grams = [tuple(t[i : i + n]) for t in map(tokenize, texts) for i in range(len(t) - n + 1)]
        found.append(len(set(grams)) / len(grams) if grams else 0.0)
    return found


def test_distinct_counts_n_grams_within_rows() -> None:
    texts = ["a b a b a c", "", "a b", "c a b a b"]
    assert distinct(Words.read(pl.Series(texts))) == pytest.approx(counted(texts))


def test_distinct_of_real_text_equals_counting_by_hand() -> None:
    texts = split("python_docs")[0]["text"][:100]
    assert distinct(Words.read(texts)) == pytest.approx(counted(texts.to_list()))


def test_distinct_of_nothing_is_nothing() -> None:
    assert distinct(Words.read(pl.Series(["", None], dtype=pl.String))) == [0.0, 0.0, 0.0, 0.0]


def test_shuffled_words_keep_rows_together() -> None:
    words = Words.read(pl.Series(["a b c", "d", "", "e f"]))
    text = "".join(words.types[i] for i in words.shuffled(generator(3)))
    assert sorted(text) == list("abcdef")
    assert all(part in text for part in ("abc", "d", "ef"))


def test_the_anchor_keeps_its_whole_vocabulary_and_half_of_it_less() -> None:
    anchor = split("python_docs")[0]
    half = anchor[: anchor.height // 2]
    types = {word for text in half["text"] for word in tokenize(text)}
    assert values("python_docs", anchor)["vocabulary_survival"] == 1.0
    expected = len(types) / len(probe("python_docs").vocabulary)
    assert values("python_docs", half)["vocabulary_survival"] == pytest.approx(expected)
    assert expected < 0.95


def test_cross_entropy_rises_when_the_words_lose_their_order() -> None:
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
    assert found["entropy_ratio"] == 1.0 or found["entropy_ratio"] == 0.0
