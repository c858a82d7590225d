"""The side of the split that has enough older and younger rows for an estimate."""

import polars as pl
import pytest

from outcross.assets.anchor.ages import FEWEST_OLDER, FEWEST_YOUNGER, both_ages
from outcross.assets.study.real_before import YOUNGER
from outcross.resources.errors import BadInput


def side(older: int, younger: int) -> pl.DataFrame:
    return pl.DataFrame({YOUNGER: [False] * older + [True] * younger})


@pytest.mark.parametrize(
    ("sides", "taken"),
    [
        ([(FEWEST_OLDER, FEWEST_YOUNGER)], (FEWEST_OLDER, FEWEST_YOUNGER)),
        ([(100, 50), (200, 100)], (200, 100)),
        ([(300, 60), (150, 80)], (150, 80)),
        ([(110, 300), (150, 70)], (150, 70)),
        ([(0, 1_000), (100, 50)], (100, 50)),
        ([(1_000, 0), (100, 50)], (100, 50)),
    ],
)
def test_the_side_is_taken_whose_scarcer_age_is_the_larger_part_of_what_is_needed(
    sides: list[tuple[int, int]], taken: tuple[int, int]
) -> None:
    older, younger = both_ages(*(side(*each) for each in sides))
    assert (older.height, younger.height) == taken
    assert not older[YOUNGER].any() and younger[YOUNGER].all()


@pytest.mark.parametrize("few", [(FEWEST_OLDER - 1, 1_000), (1_000, FEWEST_YOUNGER - 1), (0, 0)])
def test_one_row_too_few_of_either_age_is_refused_with_both_numbers(few: tuple[int, int]) -> None:
    words = rf"{few[0]:,} older and {few[1]:,} younger rows .*takes {FEWEST_OLDER} and {FEWEST_YOUNGER}; move the date"
    with pytest.raises(BadInput, match=words):
        both_ages(side(*few), side(0, 0))
