import math
from collections import Counter

import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics.ngram_entropy import entropy
from outcross.resources.tokens import tokenize
from tests.assets.evaluation.data import split, values
from tests.assets.evaluation.texts import errors_over_spread, words_of, zipf_words


def counted(texts: list[str], n: int) -> float:
    grams = Counter(tuple(t[i : i + n]) for t in map(tokenize, texts) for i in range(len(t) - n + 1))
    return -sum(c / grams.total() * math.log(c / grams.total()) for c in grams.values())


def test_the_entropy_is_that_of_the_counts() -> None:
    texts = split("python_docs")[0]["text"][:60].to_list()
    found = [entropy(grams)[0] for grams in words_of(*texts).grams]
    assert found == pytest.approx([counted(texts, n) for n in range(1, 5)])


def test_one_repeated_word_has_entropy_0_and_equally_frequent_words_the_logarithm_of_their_number() -> None:
    assert entropy(words_of("a a a", "a").grams[0])[0] == 0.0
    assert entropy(words_of("a b c", "d").grams[0])[0] == pytest.approx(math.log(4))
    value, error = entropy(words_of("a b").grams[3])
    assert value == 0.0 and np.isnan(error)


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    def of_words(seed: int) -> tuple[float, float]:
        return entropy(zipf_words(seed, rows=100, length=20, types=50).grams[0])

    assert errors_over_spread(of_words, 200) == pytest.approx(1.0, abs=0.15)


def test_a_few_repeated_rows_have_less_and_other_real_rows_as_much() -> None:
    anchor, _, _ = split("python_docs")
    some = values("python_docs", anchor[:400], metrics=["ngram_entropy"])
    others, repeated = (
        values("python_docs", rows, metrics=["ngram_entropy"])
        for rows in (anchor[400:800], pl.concat([anchor[:20]] * 20))
    )
    for n in range(1, 5):
        assert others[f"ngram_entropy_{n}"] == pytest.approx(some[f"ngram_entropy_{n}"], rel=0.02)
        assert repeated[f"ngram_entropy_{n}"] < 0.93 * some[f"ngram_entropy_{n}"]
