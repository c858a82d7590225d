"""Bounds of the similarity of texts: none is too low, and few texts that are alike by chance are compared."""

import numpy as np
import polars as pl

from outcross.assets.instruments.hash_directory import HashDirectory
from outcross.assets.instruments.plain_text import plain
from outcross.assets.instruments.sketch_bounds import SketchBounds
from outcross.assets.instruments.text_sketches import KEYS, Features, Sketches, Weights, rank, similarity
from outcross.assets.instruments.words import Words
from tests.assets.corpus.texts import reword, texts

SHORT = texts(60, 1)
ROWS = [*SHORT, *(reword(text, 2) for text in SHORT), *(" ".join(SHORT[place : place + 6]) for place in range(54)), ""]
WEIGHTS = Weights.fit(Features.of(Words.read(plain(pl.Series(texts(300, 3))))))
SKETCHES = Sketches.read(pl.Series(ROWS), WEIGHTS)


def every_pair() -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Rows of all pairs, their similarity, and its bound."""
    features = SKETCHES.features
    bounds = SketchBounds.of(features, rank(features, WEIGHTS), WEIGHTS.of(features))
    one, other = (each.ravel() for each in np.indices((len(ROWS), len(ROWS))))
    return one, other, similarity(features[one], features[other], WEIGHTS), bounds.likest(one, bounds, other)


def test_no_pair_is_more_alike_than_its_bound() -> None:
    _, _, alike, bound = every_pair()
    assert (bound >= alike).all()


def test_bounds_tell_that_most_pairs_are_alike_by_chance_only() -> None:
    one, other, alike, bound = every_pair()
    chance = (one != other) & (alike < 0.2)
    assert (bound[chance] < 0.4).mean() > 0.9 and chance.sum() > 10_000


def test_the_keys_among_those_that_are_asked_for_are_all_found_in_their_order() -> None:
    keys, rows = SKETCHES.keys
    asked = np.unique(SKETCHES.features[:5, :KEYS])
    asked = asked[asked > 0]
    found, whose = SKETCHES.keys_among(asked)
    kept, wanted = np.isin(found, asked), np.isin(keys, asked)
    assert found[kept].tolist() == keys[wanted].tolist() and whose[kept].tolist() == rows[wanted].tolist()
    assert len(found) < len(keys) / 2


def test_hashes_of_either_width_are_looked_up_by_their_value() -> None:
    random = np.random.default_rng(4)
    for dtype in (np.uint32, np.uint64):
        known = np.unique(random.integers(np.iinfo(dtype).max, size=1_000, dtype=dtype))
        asked, values = np.concatenate([known[::7], known[::7] + dtype(1)]), np.arange(1.0, len(known) + 1)
        (found,) = HashDirectory(known).look_up(asked, values)
        assert found.tolist() == [*values[::7], *[0.0] * len(values[::7])]
    (none,) = HashDirectory(known[:0]).look_up(asked, values[:0])
    assert not none.any()
