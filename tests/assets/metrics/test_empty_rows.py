"""Rows without a word are counted, and what is measured of nothing is nothing."""

import math

import polars as pl
import pytest

from tests.assets.evaluation.data import split, values

NOTHING = ["", " ", "\n\n  ", "\u200b", "\u200d\ufe0f"]


def measured(texts: list[str], *metrics: str) -> dict[str, float]:
    return values("python_docs", pl.DataFrame({"text": texts}), metrics=metrics)


def test_the_share_of_rows_without_a_word_is_measured() -> None:
    real = split("python_docs")[1]["text"][:15].to_list()
    assert measured([*real, *NOTHING], "empty_rows")["empty_rows"] == 0.25
    assert measured(real, "empty_rows")["empty_rows"] == 0


@pytest.mark.parametrize("metric", ["entropy_ratio", "zipf_slope", "words", "cross_entropy", "ngram_entropy"])
def test_no_metric_of_texts_gives_a_good_value_to_rows_without_words(metric: str) -> None:
    for value in measured(NOTHING * 20, metric).values():
        assert math.isnan(value) or value == 0
