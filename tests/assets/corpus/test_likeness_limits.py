"""How alike a near copy has to be, by what is rare among real rows; and which groups are spared."""

from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import polars as pl
import pytest

from outcross.assets.corpus.guards.spared import find_spared, most_apart
from outcross.assets.corpus.guards.text_profile import LEVELS, PLACES
from outcross.assets.corpus.intake.near_copies import _why_not as why_not_rows
from outcross.assets.corpus.intake.picture_copies import _why_not as why_not_pictures
from outcross.assets.corpus.intake.spared_groups import without_groups
from outcross.assets.corpus.intake.text_copies import _say_short, fewest_words, least_alike
from outcross.assets.corpus.intake.text_copies import _why_not as why_not_texts
from outcross.assets.instruments.nearness import NEIGHBOURS, Grid, Nearness, _span, find_near_pairs
from outcross.resources.schema import Column, Role, Schema


def profile(near: list[int], of: int) -> Any:
    return SimpleNamespace(near=np.array(near), near_rows=of)


@pytest.mark.parametrize(
    ("near", "of", "rows", "bits"),
    [
        ([0, 0, 0, 5], 1000, 1000, 2),
        ([0, 1, 1, 1], 1000, 1000, 3),  # 0.1 % is rare
        ([0, 1, 2, 3], 1000, 1000, 1),
        ([0, 1, 2, 3], 1000, 1001, 0),  # of more rows, more are alike by chance
        ([0, 1, 2, 3], 1000, 10, 1),  # and of fewer, none fewer
        ([2, 3, 4, 5], 1000, 1000, None),
        ([0, 0], 0, 0, 1),
        ([1, 1], 0, 5, None),
    ],
)
def test_pictures_may_differ_in_the_most_bits_in_which_real_ones_rarely_do(
    near: list[int], of: int, rows: int, bits: int | None
) -> None:
    assert most_apart(profile(near, of), rows) == bits


def texts(rare_from: int, rows: int = 1000, *, last: int | None = None) -> Any:
    """A profile in which real texts are rarely alike from a level on."""
    near = [500 if place < rare_from else 0 for place in range(len(LEVELS))]
    if last is not None:
        near[-1] = last
    return profile(near, rows)


def test_a_text_is_a_copy_from_the_level_after_the_first_rare_one() -> None:
    assert least_alike(texts(0), 1000) == LEVELS[1]
    for place in range(1, len(LEVELS) - 1):
        assert least_alike(texts(place), 1000) == LEVELS[place + 1]
    assert least_alike(texts(len(LEVELS) - 1), 1000) == LEVELS[-1], "equal words alone are rare"
    assert least_alike(texts(len(LEVELS)), 1000) is None


@pytest.mark.parametrize(
    ("hits", "rows", "copies"),
    [
        (0, 10**9, True),
        (15, 1000, True),  # 95 % lower limit 0.84 %
        (18, 1000, False),  # 1.07 %
        (15, 1100, True),
        (15, 1300, False),
        (15, 1, True),
    ],
)
def test_equal_texts_are_evidence_where_the_lower_limit_of_their_share_is_1_percent(
    hits: int, rows: int, copies: bool
) -> None:
    almost = texts(len(LEVELS), last=hits)
    assert (least_alike(almost, rows) == LEVELS[-1]) is copies


@pytest.mark.parametrize(
    ("differing", "rows", "words"),
    [
        ([0, 0, 0, 0, 0, 0], 10**9, PLACES[0]),
        ([18, 15, 0, 0, 0, 0], 1000, PLACES[1]),  # 1.07 % and 0.84 %, by their 95 % lower limits
        ([18, 15, 0, 0, 0, 0], 1300, PLACES[2]),
        ([900, 900, 900, 900, 900, 900], 1000, None),
    ],
)
def test_a_copy_that_differs_in_one_place_has_the_fewest_words_with_which_real_ones_rarely_do(
    differing: list[int], rows: int, words: int | None
) -> None:
    known: Any = SimpleNamespace(near_in_place=np.array(differing), near_rows=1000)
    assert fewest_words(known, rows) == words
    which = "texts" if words is None else f"texts of fewer than {words} words"
    told = f"{which} are not near copies for differing in one place: {differing[0] / 1000:.1%} of the real rows differ "
    assert _say_short([PLACES[0], words], known) == (() if words == PLACES[0] else (f"{told}so little",))


def test_likeness_that_is_no_evidence_is_told_with_its_share() -> None:
    assert why_not_pictures(1, profile([5, 9], 200)) == (
        "pictures are not compared with a row of the anchor: 2.5% of the real rows look like another real row, so "
        "likeness is no evidence of a copy"
    )
    assert why_not_texts(0, profile([9, 7, 5], 200), None) == (
        "texts are not compared with an earlier row of the batch: 2.5% of the real rows have the words of another real "
        "row, so likeness is no evidence of a copy"
    )
    for why in (partial(why_not_texts, level=None), why_not_pictures):
        assert "0.0% of the real rows" in (why(0, profile([0, 0], 0)) or "")
        assert "100.0% of the real rows" in (why(0, profile([1, 1], 1)) or "")
    assert why_not_texts(1, profile([9, 7, 1], 200), LEVELS[-1]) == (
        "texts that share most of their words with a row of the anchor are not looked for, beyond those that differ in "
        "one place: 3.5% of the real rows are as alike to another real row"
    )
    assert why_not_texts(1, profile([9, 7, 1], 200), LEVELS[-2]) is None
    assert why_not_rows(3, 12_000) == (
        "rows are not compared with a synthetic row of the corpus: with 12,000 of these, more than one clean row in "
        "3,333 is near one by chance, or no numeric column is fine enough"
    )


@pytest.mark.parametrize(
    ("hits", "of", "whole", "spared"),
    [
        (0, 100, 0.0, False),
        (10, 100, 0.04, True),  # its lower limit is 4.9 %
        (10, 100, 0.05, False),
        (1, 100, 0.0, True),
        (100, 100, 0.9, True),
        (100, 100, 0.97, False),
    ],
)
def test_a_group_is_spared_where_its_rate_is_above_that_of_all_beyond_chance(
    hits: int, of: int, whole: float, spared: bool
) -> None:
    found = find_spared({"sex=f": (hits, of), "sex=m": (0, 50)}, whole, what="texts")
    told = (
        f"texts of sex=f are not compared: {hits / of:.1%} of its real rows are as alike as near copies, and "
        f"{whole:.1%} of all"
    )
    assert found == ({"sex=f": told} if spared else {})


@pytest.mark.parametrize(
    ("spared", "left"),
    [([], [0, 1, 2, 3]), (["sex=f"], [1, 3]), (["sex=f", "race=a=b"], [1]), (["sex=x"], [0, 1, 2, 3])],
)
def test_reasons_against_rows_of_spared_groups_are_dropped(tmp_path: Path, spared: list[str], left: list[int]) -> None:
    rows = {"position": range(4), "sex": ["f", "m", "f", None], "race": ["c", "c", "c", "a=b"]}
    pl.DataFrame(rows).write_parquet(tmp_path / "batch")
    reasons = pl.DataFrame({"position": range(4), "reason": list("abcd")})
    assert without_groups(reasons, tmp_path / "batch", spared)["position"].to_list() == left
    assert without_groups(reasons.clear(), tmp_path / "absent", spared).height == 0


NUMBERS = Schema(
    (
        Column(name="x", role=Role.NUMERIC),
        Column(name="n", role=Role.NUMERIC, integer=True),
        Column(name="still", role=Role.NUMERIC),
    )
)


@pytest.mark.parametrize(
    ("spans", "tolerance", "free"),
    [
        ((2.0, 100.0, 0.0), 0.001, [0]),
        ((2.0, 1000.0, 0.0), 0.001, [0, 1]),
        ((2.0, 999.0, 0.0), 0.001, [0]),
        ((0.0, 0.0, 0.0), 0.1, []),
    ],
)
def test_near_rows_may_differ_in_numbers_that_vary_and_in_whole_ones_where_the_tolerance_reaches_1(
    spans: tuple[float, ...], tolerance: float, free: list[int]
) -> None:
    assert Grid(NUMBERS, spans, tolerance).free == free


@pytest.mark.parametrize(
    ("rates", "rows", "tolerance"),
    [
        ((3e-4 / 128, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10), 128, 3e-3),
        ((3e-4 / 128, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10), 129, 1e-3),
        ((3e-6, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10), 10**6, 1e-5),
        ((3e-6, 1e-6, 1e-7, 1e-8, 1e-9, 1e-10), 10**7, None),
    ],
)
def test_the_largest_tolerance_is_chosen_at_which_few_clean_rows_are_near(
    rates: tuple[float, ...], rows: int, tolerance: float | None
) -> None:
    assert Nearness(NUMBERS, (1.0, 0.0, 0.0), rates).tolerance(rows) == tolerance
    assert Nearness(NUMBERS, (0.0, 0.0, 0.0), rates).tolerance(rows) is None, "near rows would have to be equal"


def test_a_cell_is_32_tolerances_wide_and_a_border_of_one_grid_lies_within_a_cell_of_the_other() -> None:
    x = [-1.0, 1.0, 15.0, 17.0, 31.0, 33.0]
    rows = pl.DataFrame({"x": x, "n": [0] * 6, "still": [0.0] * 6}, schema=NUMBERS.polars)
    grid = Grid(NUMBERS, (1.0, 0.0, 0.0), 1.0)
    keys = grid.keys(rows, grid.numbers(rows))
    cells = [[int(np.flatnonzero(each == key)[0]) for key in each] for each in keys]
    assert cells == [[0, 1, 1, 1, 1, 5], [0, 0, 0, 3, 3, 3]]
    others = grid.keys(rows.with_columns(still=1.0), grid.numbers(rows))
    assert not np.isin(others, keys).any(), "other values must be equal"


def pairs(numbers: list[list[float]], within: float, keys: list[int] | None = None) -> list[tuple[int, int, float]]:
    found = find_near_pairs(
        np.array(keys or [7] * len(numbers), dtype=np.uint64), np.array(numbers, dtype=float), within
    )
    each = [(min(a, b), max(a, b), c) for one, other, apart in found for a, b, c in zip(one, other, apart, strict=True)]
    return sorted((int(a), int(b), float(c)) for a, b, c in each)


def test_pairs_of_one_cell_are_near_up_to_the_tolerance_and_equal_rows_are_no_pair() -> None:
    assert pairs([[0.0], [0.5], [1.25], [0.0]], 0.75) == [(0, 1, 0.5), (1, 2, 0.75), (1, 3, 0.5)]
    assert pairs([[0.0, 0.0], [0.5, 0.25], [0.25, 4.0]], 0.5) == [(0, 1, 0.5)]
    assert pairs([[0.0], [0.5]], 0.75, keys=[1, 2]) == []
    assert pairs([[0.0], [0.5], [0.5]], 0.75, keys=[1, 2, 1]) == [(0, 2, 0.5)]


def test_a_row_is_compared_with_so_many_of_its_cell_and_no_more() -> None:
    found = pairs([[place / 1024] for place in range(NEIGHBOURS + 3)], 1.0)
    assert max(other - one for one, other, _ in found) == NEIGHBOURS
    assert len([1 for one, _, _ in found if one == 0]) == NEIGHBOURS


@pytest.mark.parametrize(
    ("values", "span"),
    [
        ([float(place) for place in range(101)], 98.0),
        ([1.0] * 500 + [3.0], 2.0),
        ([1.0, 1.0], 0.0),
        ([], 0.0),
        ([float("inf"), float("nan"), 2.0, 5.0], 2.94),
    ],
)
def test_a_span_is_between_the_percentiles_or_the_whole_range_where_these_are_equal(
    values: list[float], span: float
) -> None:
    assert _span(pl.Series(values, dtype=pl.Float64)) == pytest.approx(span)
