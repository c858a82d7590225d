"""Frequent words of an anchor, counted in rows; and runs of words that its rows share."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.guards.anchor_texts import AnchorTexts
from outcross.assets.corpus.guards.measures import text_words
from outcross.assets.corpus.guards.measures.texts import Side
from outcross.assets.corpus.guards.text_profile import TextProfile, count_words
from outcross.assets.instruments.words import Words

TEXTS = ["a b a", "", "c", "b d d"]


@pytest.mark.parametrize(
    ("frequent", "counts"),
    [
        (["a", "b"], [[2, 1, 0], [0, 0, 0], [0, 0, 1], [0, 1, 2]]),
        (["b", "a"], [[1, 2, 0], [0, 0, 0], [0, 0, 1], [1, 0, 2]]),
        (["d"], [[0, 3], [0, 0], [0, 1], [2, 1]]),
        (["x"], [[0, 3], [0, 0], [0, 1], [0, 3]]),
        ([], [[3], [0], [1], [3]]),
    ],
)
def test_each_frequent_word_is_counted_and_all_others_together(frequent: list[str], counts: list[list[int]]) -> None:
    """An anchor whose texts have no word has no frequent one."""
    hashes = Words.read(pl.Series(frequent, dtype=pl.String)).hashes
    found = count_words(Words.read(pl.Series(TEXTS)), np.sort(hashes))
    assert found[:, [*np.argsort(np.argsort(hashes)), len(frequent)]].tolist() == counts


def test_no_rows_have_no_words() -> None:
    none = Words.read(pl.Series([], dtype=pl.String))
    assert count_words(none, none.hashes).shape == (0, 1)


@pytest.mark.parametrize(
    ("batch", "more"), [("with kind regards from all of us", 0.0), ("we are out of office until may", 1.0)]
)
def test_runs_of_words_that_every_row_of_the_anchor_has_are_no_boilerplate(batch: str, more: float) -> None:
    real = pl.DataFrame({"text": ["with kind regards from all of us"] * 60})
    anchor, profile = AnchorTexts(real["text"], 1), TextProfile.fit(real, real[:30], "text", seed=1)
    side = Side("", False, pl.Series([batch] * 40), anchor, profile, 1)
    (found,) = (each for each in text_words.measure(side) if each.metric == "shared_run_share")
    assert found.value == more and (found.value > found.high) == (more > 0)
