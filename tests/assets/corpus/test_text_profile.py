"""Frequent words of an anchor, counted in rows."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.guards.text_profile import count_words
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
