"""Strength of agreement by hand, and the least one that chance hardly reaches."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.strength import WordRarity, least_strength
from outcross.assets.instruments.words import Words

REAL = Words.read(pl.Series(["a b c", "a b", "a a d", None]))


def test_a_text_is_as_strong_as_its_different_words_without_the_heaviest() -> None:
    found = WordRarity.fit(REAL).strengths(Words.read(pl.Series(["a b b c", "a", "new words a", None])))
    weights = {"a": np.log(5 / 4), "b": np.log(5 / 3), "c": np.log(5 / 2), "new": np.log(5)}
    assert found.tolist() == pytest.approx([weights["a"] + weights["b"], 0, weights["new"] + weights["a"], 0])


def test_no_more_pairs_than_allowed_reach_the_least_strength() -> None:
    by_chance = np.array([3.0, 9.0, 5.0, 5.0])
    for allowed, reach in ((0.9, 0), (1.0, 1), (2.5, 1), (3.0, 3)):
        assert (by_chance >= least_strength(by_chance, allowed)).sum() == reach
    assert least_strength(by_chance, 4.0) == 0 == least_strength(by_chance[:0], 0.1)
