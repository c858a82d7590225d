"""Levels that a metric measures one by one: which, why none, and which are left out."""

import polars as pl
import pytest

from outcross.assets.metrics.levels import MOST_NAMED, Levels, count_classes


def levels(fewest: int, **rows: int) -> Levels:
    return Levels(noun="class", fewest=fewest, rows=rows, all_rows={name: 3 * count for name, count in rows.items()})


def test_levels_with_enough_rows_are_measured() -> None:
    assert levels(10, a=9, b=10, c=11, d=0).measured == ["b", "c"]
    assert levels(10, b=10, a=9).refusal() is None


@pytest.mark.parametrize(
    ("rows", "all_rows", "reason"),
    [
        ({}, {}, "but there is none; choose another endpoint"),
        ({"a": 4, "b": 1_009}, {"a": 40, "b": 3_029}, "but the largest, b, has 1,009; add rows, merge levels, or "),
        ({"a": 4, "b": 5}, {"a": 3_030, "b": 20}, "but the largest, b, has 5; raise 'holdout', merge levels, or "),
        ({"a": 0}, {"a": 3_030}, "but the largest, a, has 0; raise 'holdout', merge levels, or "),
    ],
)
def test_without_such_a_level_the_largest_is_named_with_a_remedy_that_its_rows_allow(
    rows: dict[str, int], all_rows: dict[str, int], reason: str
) -> None:
    told = Levels(noun="group", fewest=1_010, rows=rows, all_rows=all_rows).refusal()
    assert told is not None
    assert told.startswith("needs a group with at least 1010 rows in the holdout, " + reason)
    assert told.endswith("choose another endpoint")


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (levels(10, a=10, b=12), None),
        (levels(10, a=3, b=12, c=1, d=3), "left out, with fewer than 10 rows in the holdout: c (1), a (3), d (3)"),
        (levels(2_000, b=1_500), "left out, with fewer than 2000 rows in the holdout: b (1,500)"),
        (levels(1, a=0, b=1), "left out, with no row in the holdout: a (0)"),
    ],
)
def test_levels_of_fewer_rows_are_named_rarest_first(found: Levels, told: str | None) -> None:
    assert found.left_out() == told


@pytest.mark.parametrize("more", [0, 1, 2_000])
def test_of_many_levels_the_rarest_are_named_and_the_others_counted(more: int) -> None:
    count = MOST_NAMED + more
    told = levels(9_999, **{f"l{place}": place for place in range(count)}).left_out()
    named = ", ".join(f"l{place} ({place})" for place in range(MOST_NAMED))
    assert told is not None and told.endswith(f": {named}" + (f" and {more:,} more" if more else ""))


def test_classes_of_both_sides_are_counted_and_a_null_is_none() -> None:
    anchor, holdout = pl.DataFrame({"y": ["b", "b", "a", None]}), pl.DataFrame({"y": ["c", "b", None, "c"]})
    found = count_classes("y", anchor, holdout, fewest=2)
    assert (found.noun, found.fewest, found.measured) == ("class", 2, ["y=c"])
    assert list(found.rows.items()) == [("y=a", 0), ("y=b", 1), ("y=c", 2)]
    assert found.all_rows == {"y=a": 1, "y=b": 3, "y=c": 2}
