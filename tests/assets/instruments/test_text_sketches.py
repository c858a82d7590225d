"""Sketches of texts: how alike rows are, whatever their length, and which rows are compared."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.plain_text import has_token, plain
from outcross.assets.instruments.text_sketches import SIZE, Features, Sketches, Weights, alike, rank, similarity
from outcross.assets.instruments.words import Words
from tests.assets.corpus.texts import reword, texts

ANCHOR = pl.Series("text", texts(300, 1))
WEIGHTS = Weights.fit(Features.of(Words.read(plain(ANCHOR))))


def exact(one: str, other: str) -> float:
    """Compute the weighted Jaccard similarity from all features."""
    found = Features.of(Words.read(plain(pl.Series([one, other]))))
    x, y = (set(each.tolist()) for each in np.split(found.values, [found.lengths[0]]))
    weigh = [float(WEIGHTS.of(np.array(sorted(part), dtype=np.uint32)).sum()) for part in (x & y, x | y)]
    return weigh[0] / weigh[1]


def sketched(one: str, other: str) -> float:
    found = Sketches.read(pl.Series([one, other]), WEIGHTS)
    return float(similarity(found.features[:1], found.features[1:], WEIGHTS)[0])


def test_the_similarity_of_short_rows_is_exact() -> None:
    for text in ANCHOR[:40]:
        short = " ".join(text.split(" ")[:20])
        assert sketched(short, reword(short, 1)) == pytest.approx(exact(short, reword(short, 1)))


def test_the_similarity_of_long_rows_is_unbiased() -> None:
    errors = []
    for start in range(0, 280, 7):
        long = " ".join(ANCHOR[start : start + 7])
        other = " ".join(reword(text, 2) for text in ANCHOR[start : start + 7])
        assert (Sketches.read(pl.Series([long]), WEIGHTS).features > 0).sum() == SIZE
        errors.append(sketched(long, other) - exact(long, other))
    assert abs(np.mean(errors)) < 3 * np.std(errors) / len(errors) ** 0.5 + 0.005
    assert np.std(errors) < 0.12


def test_the_similarity_is_the_same_from_either_side_whatever_the_lengths() -> None:
    long, other = (" ".join(reword(text, seed) for text in ANCHOR[:7]) for seed in (0, 2))
    short = " ".join(ANCHOR[0].split(" ")[:20])
    for one, two in ((short, long), (long, other), (short, ANCHOR[1])):
        assert sketched(one, two) == pytest.approx(sketched(two, one), rel=1e-9)
        assert sketched(one, two) == pytest.approx(exact(one, two), abs=0.12)


def test_a_row_finds_its_edited_self_and_no_other() -> None:
    edited = pl.Series([reword(text, 3) for text in ANCHOR])
    pairs = list(alike(Sketches.read(edited, WEIGHTS), Sketches.read(ANCHOR, WEIGHTS), WEIGHTS, 0.6))
    one, other, found = (np.concatenate(each) for each in zip(*pairs, strict=True))
    assert (one == other).mean() > 0.99 and len(one) > 0.97 * len(ANCHOR)
    assert (found < 1).mean() > 0.98, "a word may be replaced by itself"


def test_rows_without_words_are_like_no_other() -> None:
    empty = Sketches.read(pl.Series(["", None, "\u200b"], dtype=pl.String), WEIGHTS)
    assert not list(alike(empty, empty, WEIGHTS, 0.1)) or not len(next(alike(empty, empty, WEIGHTS, 0.1))[0])


def test_what_every_row_has_weighs_least_and_comes_last() -> None:
    words = Words.read(pl.Series([f"common word{number}" for number in range(50)]))
    features, weights = Features.of(words), Weights.fit(Features.of(words))
    common = np.bincount(np.unique(features.values, return_inverse=True)[1]).argmax()
    value = np.unique(features.values)[common : common + 1]
    assert weights.of(value) == pytest.approx(0.02) and weights.most > 3
    assert rank(value, weights) > np.median(rank(features.values, weights))


def test_texts_that_differ_in_how_they_are_encoded_are_alike() -> None:
    assert plain(pl.Series(["Ｃａｆé\u200b X", "CAFE\u0301 x"])).to_list() == ["café x", "café x"]
    assert (
        has_token(pl.Series(["", " \u200b\u2060\n", "\u0301", None, ".", "字"])).to_list() == [False] * 4 + [True] * 2
    )
