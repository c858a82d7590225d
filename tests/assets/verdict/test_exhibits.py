"""Exhibits laid out: which image and which words stand where."""

import io

import numpy as np
import polars as pl
import pytest

from outcross.assets.verdict.exhibits import EXCERPT, TILE, Exhibit, image_exhibit, real_images, text_exhibit
from outcross.resources.schema import Column, Role, Schema

IMAGE, LABEL = Column(name="image", role=Role.IMAGE, shape=(4, 6), levels=16), Column(name="label", role=Role.LABEL)
TEXT = Schema((Column(name="text", role=Role.TEXT),))


def images(inks: list[int | None], labels: list[str | None] | None = None, column: Column = IMAGE) -> pl.DataFrame:
    """Rows whose images are of one ink each, shuffled: places are told by ``row``."""
    assert column.shape is not None
    filled = [None if ink is None else [ink] * (column.shape[0] * column.shape[1]) for ink in inks]
    rows = pl.DataFrame({"row": range(len(inks)), column.name: pl.Series(filled, dtype=column.dtype)})
    return (rows if labels is None else rows.with_columns(label=pl.Series(labels, dtype=pl.String))).reverse()


def sheet(exhibit: Exhibit) -> np.ndarray:
    """The greys of the whole picture."""
    from PIL import Image

    assert exhibit.image is not None
    return np.asarray(Image.open(io.BytesIO(exhibit.image)).convert("L"))


def greys(exhibit: Exhibit, *, height: int, width: int) -> np.ndarray:
    """The grey of each tile: (places, columns)."""
    whole, ends = sheet(exhibit), np.cumsum([count for _, count in exhibit.classes])[:-1]
    places = np.arange((len(whole) + 1 - len(ends)) // (height + 1))
    wider = (ends <= places[:, np.newaxis]).sum(axis=1)
    return whole[places * (height + 1) + wider + height // 2, width // 2 :: width + 1]


def test_a_place_is_a_row_and_a_generation_a_column() -> None:
    frames = {2: images([0, 8]), 0: images([16, 0]), 1: images([8, 16])}
    laid = image_exhibit(frames, Schema((IMAGE,)), arm="replace", replicate=3)
    assert (laid.arm, laid.replicate, laid.generations) == ("replace", 3, (0, 1, 2))
    assert (laid.size, laid.enlarged) == ((20, 9), 4)
    assert greys(laid, height=4, width=6).tolist() == [[0, 136, 255], [255, 0, 136]]
    assert laid.classes == ()


def test_places_are_in_order_of_the_classes_that_the_first_generation_drew() -> None:
    schema = Schema((IMAGE, LABEL))
    frames = {0: images([16, 8, 0], ["b", "a", "b"]), 1: images([0, 16, 8], ["a", "a", "b"])}
    laid = image_exhibit(frames, schema, arm="replace", replicate=0)
    assert greys(laid, height=4, width=6).tolist() == [[136, 0], [0, 255], [255, 136]]
    assert laid.classes == (("a", 1), ("b", 2))


def test_what_a_model_could_not_draw_is_a_tile_of_the_background() -> None:
    frames = {0: images([16, 0], ["a", "b"]), 1: images([None, 0], ["a", "b"])}
    laid = image_exhibit(frames, Schema((IMAGE, LABEL)), arm="replace", replicate=0)
    assert np.unique(sheet(laid)[:4, 6:]).tolist() == [204]
    assert laid.classes == (("a", 1), ("b", 1))


def test_large_images_are_shown_small() -> None:
    column = Column(name="photo", role=Role.IMAGE, shape=(128, 64), levels=255)
    laid = image_exhibit({0: images([255, 0], column=column)}, Schema((column,)), arm="replace", replicate=0)
    assert sheet(laid).shape == (2 * TILE + 1, TILE // 2)
    assert greys(laid, height=TILE, width=TILE // 2).tolist() == [[0], [255]]


@pytest.mark.parametrize("levels", [None, 16])
@pytest.mark.parametrize(("shape", "shown"), [((2, 400), (1, TILE)), ((400, 2), (TILE, 1)), ((TILE, 1), (TILE, 1))])
def test_a_thin_image_keeps_a_pixel_across(shape: tuple[int, int], shown: tuple[int, int], levels: int | None) -> None:
    """Without a highest grey value it is 255."""
    column = Column(name="photo", role=Role.IMAGE, shape=shape, levels=levels)
    laid = image_exhibit({0: images([levels or 255, 0], column=column)}, Schema((column,)), arm="replace", replicate=0)
    assert sheet(laid).shape == (2 * shown[0] + 1, shown[1])
    assert greys(laid, height=shown[0], width=shown[1]).tolist() == [[0], [255]]


def test_the_same_images_give_the_same_bytes() -> None:
    one, other = (image_exhibit({0: images([16, 3])}, Schema((IMAGE,)), arm="a", replicate=0).image for _ in range(2))
    assert one == other


def test_real_images_stand_beside_their_classes() -> None:
    rows = images([1, 16, 16, 1, 16, 1], ["a", "b", "b", "a", "b", "a"])
    laid = real_images(rows, Schema((IMAGE, LABEL)), classes=(("a", 1), ("b", 2), ("gone", 1)))
    assert laid.generations == ()
    shown = greys(laid, height=4, width=6)
    assert shown.shape == (4, 3)
    assert shown[:2].tolist() == [[238] * 3, [0] * 3] and set(shown[2:].ravel()) == {204}


def test_pictures_in_colour_show_their_colours_on_a_light_ground() -> None:
    from PIL import Image

    colour = Column(name="image", role=Role.IMAGE, shape=(2, 2), channels=3, levels=255)
    red, blue = [255, 0, 0] * 4, [0, 0, 255] * 4
    rows = pl.DataFrame({"row": [0, 1], "image": pl.Series([red, blue], dtype=colour.dtype)})
    laid = real_images(rows, Schema((colour,)), classes=())
    assert laid.image is not None
    with Image.open(io.BytesIO(laid.image)) as picture:
        shown = np.asarray(picture.convert("RGB"))
    ground = [204] * 3
    assert shown.tolist() == [[[255, 0, 0]] * 2 + [ground] + [[0, 0, 255]] * 2 + [ground] * 3] * 2


@pytest.mark.parametrize(("rows", "shown"), [(1, 1), (2, 2), (3, 3), (8, 8), (40, 30)])
def test_real_images_without_classes_are_the_first_in_ten_rows_of_three_at_most(rows: int, shown: int) -> None:
    inks = [16 * (row % 7 in {0, 1, 3}) for row in range(rows)]
    laid = real_images(images(list(reversed(inks))), Schema((IMAGE,)), classes=())
    expected = [255 if ink == 0 else 0 for ink in inks[:shown]] + [204] * (-shown % 3)
    assert greys(laid, height=4, width=6).ravel().tolist() == expected


def test_words_of_the_generation_before_are_told_from_new_ones() -> None:
    frames = {
        0: pl.DataFrame({"row": [0, 1], "text": ["the cat sat on the mat - - -", "x" * 400]}),
        1: pl.DataFrame({"row": [1, 0], "text": ["y", "the cat sat,\nalas, on the rug - - -"]}),
    }
    laid = text_exhibit(frames, TEXT, arm="replace", replicate=0)
    (first, second), (long, short) = laid.texts
    assert [tuple(words) for words in first] == [("the cat sat on the mat - - -", False)]
    assert [tuple(words) for words in second] == [
        ("the cat ", True),
        ("sat,\nalas, ", False),
        ("on the ", True),
        ("rug - - -", False),
    ]
    assert "".join(words.text for words in long) == "x" * EXCERPT and short[0].text == "y"


def test_an_empty_text_is_shown_as_one() -> None:
    frames = {g: pl.DataFrame({"row": [0], "text": [text]}) for g, text in enumerate(["", "a b", ""])}
    laid = text_exhibit(frames, TEXT, arm="replace", replicate=0)
    assert [["".join(words.text for words in text) for text in place] for place in laid.texts] == [["", "a b", ""]]
