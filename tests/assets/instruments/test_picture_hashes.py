"""Perceptual hashes of pictures: copies differ in few bits, other pictures in many, and near ones are found."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments.picture_hashes import MOST_APART, WORDS, PictureHashes, least_apart, near_pictures
from outcross.resources.schema import Column, Role
from outcross.resources.sources.digits import SCHEMA, Digits

DIGITS = Digits().load().rows["image"].to_numpy().astype(np.int64)
COLUMN = SCHEMA.image
assert COLUMN is not None


def hashes(pixels: np.ndarray, column: Column = COLUMN) -> PictureHashes:
    values = np.clip(np.round(pixels), 0, column.levels or 255).astype(np.uint8)
    return PictureHashes.read(pl.Series("image", values, dtype=column.dtype), column)


def bits_apart(x: PictureHashes, y: PictureHashes) -> np.ndarray:
    return np.bitwise_count(x.words ^ y.words).sum(axis=1, dtype=np.int64)


@pytest.mark.parametrize(
    ("change", "most"),
    [
        (lambda pixels: np.where(np.arange(64) == 27, (pixels + 6) % 17, pixels), MOST_APART),
        (lambda pixels: 0.85 * pixels + 1, 10),
        (lambda pixels: 0.75 * pixels, MOST_APART),
    ],
    ids=["a pixel", "other contrast", "darker"],
)
def test_a_copy_differs_in_few_bits(change, most: int) -> None:  # type: ignore[no-untyped-def]
    apart = bits_apart(hashes(DIGITS[:300]), hashes(change(DIGITS[:300])))
    assert (apart <= most).mean() > 0.9


def test_other_digits_differ_in_many_bits() -> None:
    nearest = least_apart(hashes(DIGITS), hashes(DIGITS[:0]), MOST_APART)
    assert (nearest == MOST_APART + 1).all(), "nothing is near no picture"
    own = hashes(DIGITS)
    assert (least_apart(own, own, MOST_APART) <= MOST_APART).mean() < 0.01


def test_every_pair_within_the_bits_is_found() -> None:
    random = np.random.default_rng(0)
    x = PictureHashes(random.integers(0, 2**32, size=(30, WORDS), dtype=np.uint32))
    changed = x.words.copy()
    for row in range(30):
        for bit in random.permutation(WORDS * 32)[: row % (MOST_APART + 1)]:
            changed[row, bit // 32] ^= np.uint32(1 << int(bit % 32))
    found = [np.stack(each) for each in near_pictures(x, PictureHashes(changed), MOST_APART)]
    assert np.concatenate(found, axis=1).T.tolist() == [[row, row, row % (MOST_APART + 1)] for row in range(30)]


@pytest.mark.parametrize("shape", [(1, 1), (3, 20), (40, 33)])
def test_pictures_of_any_shape_have_hashes(shape: tuple[int, int]) -> None:
    column = Column(name="image", role=Role.IMAGE, shape=shape, levels=255)
    pixels = np.random.default_rng(1).integers(0, 256, size=(5, shape[0] * shape[1]))
    found = hashes(pixels, column)
    assert found.words.shape == (5, WORDS)
    assert (bits_apart(found, hashes(pixels, column)) == 0).all()
