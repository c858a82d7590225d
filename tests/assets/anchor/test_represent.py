"""Which unit moves so that a class is on both sides, and which never does."""

import polars as pl
import pytest

from outcross.assets.anchor.represent import represent_classes

Line = tuple[str, int, str | None, bool]
"""Unit, its number, the label of a row, and whether chance holds it out."""

CASES: dict[str, tuple[list[Line], dict[str, bool]]] = {
    "the lowest number is held out": (
        [("p", 7, "a", False), ("q", 5, "a", False), ("r", 9, "a", False)],
        {"q": True},
    ),
    "the highest number is given back": (
        [("p", 2, "a", True), ("q", 3, "a", True), ("r", 1, "a", True)],
        {"q": False},
    ),
    "all rows of the unit move": (
        [("p", 5, "a", False), ("p", 5, "a", False), ("p", 5, None, False), ("q", 6, "a", False)],
        {"p": True},
    ),
    "a class on both sides stays": ([("p", 1, "a", True), ("q", 6, "a", False), ("r", 7, "a", False)], {}),
    "a class of one unit stays": ([("p", 5, "a", False), ("p", 5, "a", False), ("q", 6, "b", False)], {}),
    "rows without a label are no class": ([("p", 5, None, False), ("q", 6, None, False), ("r", 7, "a", False)], {}),
    "one move serves two classes": (
        [("p", 5, "a", False), ("p", 5, "b", False), ("q", 6, "a", False), ("r", 7, "b", False)],
        {"p": True},
    ),
    "each class has its own move": (
        [("p", 5, "a", False), ("q", 6, "a", False), ("r", 2, "b", True), ("s", 3, "b", True)],
        {"p": True, "s": False},
    ),
    "no unit moves that is another class's only one there": (
        [("p", 5, "a", False), ("p", 5, "b", False), ("q", 6, "a", False), ("r", 1, "b", True)],
        {"q": True},
    ),
    "a class that another's move served moves no more": (
        [
            *[("p", 8, "a", False), ("q", 9, "a", False), ("p", 8, "b", False), ("u", 5, "b", False)],
            *[("v", 9, "b", False), ("u", 5, "c", False), ("w", 3, "c", False)],
        ],
        {"p": True, "w": True},
    ),
    "none moves where each is another class's only one there": (
        [
            *[("p", 5, "a", False), ("p", 5, "b", False), ("r", 1, "b", True)],
            *[("q", 6, "a", False), ("q", 6, "c", False), ("s", 2, "c", True)],
        ],
        {},
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_only_the_nearest_unit_that_no_other_class_needs_moves(name: str) -> None:
    lines, moved = CASES[name]
    for order in (lines, lines[::-1]):
        units, numbers, labels, held = (pl.Series(list(each)) for each in zip(*order, strict=True))
        found = represent_classes(units, numbers, labels.cast(pl.String), held)
        assert found.to_list() == [moved.get(unit, chance) for unit, _, _, chance in order]
