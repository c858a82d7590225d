"""Perceptual hashes of pictures: copies differ in few bits, other pictures in many, and near ones are found."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.instruments import picture_hashes as module
from outcross.assets.instruments.picture_hashes import (
    CLEARLY,
    GREYS,
    LEAST_RANGE,
    MOST_APART,
    WORDS,
    PictureHashes,
    least_apart,
    near_pictures,
)
from outcross.resources.schema import Column, Role
from outcross.resources.seeds import derive_seed, generator
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


def by_hand(picture: list[list[float]], levels: int) -> list[int]:
    """The words of the hash of a picture of at most eight cells a side, cell by cell."""
    cells = np.array(picture) / levels
    spread = max(cells.max() - cells.min(), LEAST_RANGE)
    shade = (cells - cells.min()) / spread
    down = [shade[row + 1, at] - shade[row, at] for row in range(len(shade) - 1) for at in range(shade.shape[1])]
    across = [shade[row, at + 1] - shade[row, at] for row in range(len(shade)) for at in range(shade.shape[1] - 1)]
    steps = down + across
    bits = [step > CLEARLY for step in steps] + [step < -CLEARLY for step in steps]
    bits += [cell > (grey + 0.5) / GREYS for grey in range(GREYS) for cell in shade.ravel()]
    order = generator(derive_seed("bits of picture hashes")).permutation(WORDS * 32)
    words = [0] * WORDS
    for place, bit in zip(order, bits, strict=False):
        word, within = divmod(int(place), 32)
        words[word] |= int(bit) << (8 * (within // 8) + 7 - within % 8)
    return words


PICTURES = {
    "plain": [[0, 10, 20], [200, 100, 30], [0, 255, 128]],
    "flat": [[7, 7], [7, 7]],
    "nearly flat": [[100, 101, 102, 105], [100, 110, 100, 103]],
    "one row": [[5, 250, 6, 4]],
    "one cell": [[9]],
    "steps on the margin": [[0, 20, 40, 200, 180, 160]],
}


@pytest.mark.parametrize("name", PICTURES)
def test_a_hash_says_of_neighbours_which_is_clearly_brighter_and_of_cells_how_bright_they_are(name: str) -> None:
    picture = PICTURES[name]
    column = Column(name="image", role=Role.IMAGE, shape=(len(picture), len(picture[0])), levels=255)
    found = hashes(np.array(picture).reshape(1, -1), column)
    assert found.words[0].tolist() == by_hand(picture, 255)
    if name != "flat":
        dark = Column(name="image", role=Role.IMAGE, shape=column.shape, levels=300)
        assert hashes(np.array(picture).reshape(1, -1), dark).words[0].tolist() == by_hand(picture, 300)


def test_large_pictures_are_averaged_to_eight_cells_a_side() -> None:
    cells = np.random.default_rng(3).integers(0, 256, size=(8, 8))
    column = Column(name="image", role=Role.IMAGE, shape=(16, 24), levels=255)
    large = np.kron(cells, np.ones((2, 3), dtype=np.int64))
    assert hashes(large.reshape(1, -1), column).words[0].tolist() == by_hand(cells.tolist(), 255)


def test_a_picture_is_not_near_to_itself_and_its_nearest_is_found_in_every_slice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    words = np.zeros((4, WORDS), dtype=np.uint32)
    words[1, 0], words[2, 0], words[3] = 1, 7, 2**32 - 1
    own = PictureHashes(words)
    assert least_apart(own, own, 5).tolist() == [1, 1, 2, 6]
    assert least_apart(own, PictureHashes(words.copy()), 5).tolist() == [0, 0, 0, 0]
    assert least_apart(own.take(slice(0, 1)), own.take(np.array([2])), 5).tolist() == [3]
    assert least_apart(own.take(slice(0, 1)), own.take(np.array([2])), 2).tolist() == [3], "none within two bits"
    whole = hashes(DIGITS[:20]).words
    monkeypatch.setattr(module, "SLICE", 6)
    monkeypatch.setattr(module, "PAIRS", 3)
    assert np.array_equal(hashes(DIGITS[:20]).words, whole)
    assert least_apart(own, own, 5).tolist() == [1, 1, 2, 6]
