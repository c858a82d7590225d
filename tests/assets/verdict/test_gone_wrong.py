"""What went wrong, in rows: what moved most, and rows far from all of the other kind."""

import numpy as np
import polars as pl
import pytest

from outcross.assets.verdict.far_rows import EXCERPT, MOST, farthest
from outcross.assets.verdict.moved import moved_classes, moved_columns, moved_words
from outcross.resources.schema import Column, Role, Schema
from tests.assets.verdict.studies import arm, evaluations

TABLE = Schema(
    (Column(name="age", role=Role.NUMERIC), Column(name="sex", role=Role.CATEGORICAL, source="the sex", nullable=True))
)
REAL = pl.DataFrame({"age": np.linspace(0, 1, 100), "sex": ["f", "m"] * 50})


def test_the_column_that_left_its_distribution_is_named_and_one_that_came_back_is_not() -> None:
    first = REAL.with_columns(age=pl.col("age") * 0.5)
    last = REAL.with_columns(sex=pl.lit("m"))
    (moved,) = moved_columns(REAL, first, last, TABLE)
    assert (moved.name, moved.first, moved.last) == ("the sex", 0.0, pytest.approx(0.5))


def test_values_in_no_bin_of_the_real_ones_are_out_of_place_too() -> None:
    (moved,) = moved_columns(REAL, REAL, REAL.with_columns(age=pl.col("age") + 9), TABLE)
    assert moved.name == "age" and moved.last == pytest.approx(1.0)


def test_classes_are_ranked_by_the_fall_of_their_recall() -> None:
    of_all = evaluations([0.9] * 3, {arm(0.8): [0.9] * 3}, metric="class_recall")
    parts = [
        of_all.with_columns(
            about=pl.lit(f"label={name}"), value=pl.when(pl.col("arm") == arm(0.8)).then(low).otherwise(0.9)
        )
        for name, low in (("a", 0.8), ("b", 0.1), ("c", 0.5), ("d", 0.7), ("e", 0.95))
    ]
    found = moved_classes(pl.concat([of_all, *parts]), arm(0.8), last=2)
    assert [(each.name, each.first, each.last) for each in found] == [
        ("label=b", 0.9, 0.1),
        ("label=c", 0.9, 0.5),
        ("label=d", 0.9, 0.7),
    ]


def test_the_words_that_a_model_repeats_and_those_that_it_forgot_are_named_and_signs_are_none() -> None:
    real, last = pl.Series(["the cat sat."] * 10), pl.Series(["the the the sat!!!"] * 10)
    found = moved_words(real, real, last)
    assert [each.name for each in found] == ["the", "cat", "sat"]
    assert (found[0].last, found[1].last) == (0.75, 0.0) and "33.33% of the real ones" in found[1].what


def test_the_farthest_rows_stand_first_as_they_were_in_the_file() -> None:
    rows = pl.DataFrame({"age": [float(n) for n in range(12)], "sex": ["f", None] * 6})
    found = farthest(rows, np.array([0.0, *[0.5] * 10, 0.9]), TABLE, name="real rows")
    assert found.headings == ("age", "the sex") and len(found.lines) == MOST
    assert found.lines[:2] == (("11", "–"), ("1", "–")) and found.distances[:2] == (0.9, 0.5)


def test_of_a_wide_table_the_columns_that_are_not_shown_are_counted() -> None:
    wide = Schema(tuple(Column(name=f"c{n}", role=Role.CATEGORICAL) for n in range(12)))
    rows = pl.DataFrame({f"c{n}": ["x" * 99] for n in range(12)})
    found = farthest(rows, np.ones(1), wide, name="real rows")
    assert (len(found.headings), found.left_out, len(found.lines[0][0])) == (10, 2, 40)


def test_texts_are_cut_and_images_are_side_by_side() -> None:
    text = Schema((Column(name="text", role=Role.TEXT),))
    found = farthest(pl.DataFrame({"text": ["y" * 999]}), np.ones(1), text, name="real rows")
    assert found.lines == (("y" * EXCERPT,),)
    image = Column(name="image", role=Role.IMAGE, shape=(8, 8), levels=15)
    frame = pl.DataFrame({"image": pl.Series([[0] * 64, [15] * 64], dtype=image.dtype)})
    shown = farthest(frame, np.array([0.1, 0.2]), Schema((image,)), name="real rows").pictures
    assert shown is not None and shown.size == (17, 8) and shown.arm == "real rows"
