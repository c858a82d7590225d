import numpy as np
import polars as pl
import pytest

from outcross.assets.metrics.repetition import repetition_rate
from outcross.resources.tokens import tokenize
from tests.assets.evaluation.data import split, values
from tests.assets.evaluation.texts import errors_over_spread, words_of, zipf_words


def counted(texts: list[str]) -> float:
    rates = []
    for tokens in map(tokenize, texts):
        grams = [tuple(tokens[i : i + 4]) for i in range(len(tokens) - 3)]
        if grams:
            rates.append(1 - len(set(grams)) / len(grams))
    return sum(rates) / len(rates)


def test_the_rate_equals_a_count_row_by_row() -> None:
    texts = [*split("python_docs")[0]["text"][:80].to_list(), "too short", "", "a b a b a b a b"]
    assert repetition_rate(words_of(*texts).grams[3])[0] == pytest.approx(counted(texts))


def test_an_n_gram_of_another_row_is_not_a_repetition() -> None:
    assert repetition_rate(words_of("a b c d", "a b c d").grams[3]) == (0.0, 0.0)
    assert repetition_rate(words_of("a a a a a a a a").grams[3])[0] == pytest.approx(0.8)


def test_rows_too_short_to_repeat_anything_have_no_rate() -> None:
    assert np.isnan(repetition_rate(words_of("a b c", "").grams[3])).all()


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    def rate(seed: int) -> tuple[float, float]:
        return repetition_rate(zipf_words(seed, rows=80, length=20, types=3).grams[3])

    assert errors_over_spread(rate, 200) == pytest.approx(1.0, abs=0.15)


def test_stuttering_text_has_a_higher_rate_than_real_text() -> None:
    _, holdout, _ = split("python_docs")
    stutter = holdout.with_columns(text=pl.concat_str([pl.col("text").str.slice(0, 150)] * 2, separator=" "))
    real, repeated = (
        values("python_docs", rows, metrics=["repetition_rate"])["repetition_rate"] for rows in (holdout, stutter)
    )
    assert real < 0.25
    assert repeated > real + 0.3
