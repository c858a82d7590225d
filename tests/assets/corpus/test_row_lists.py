"""Lists of row positions in a message."""

import polars as pl
import pytest

from outcross.assets.corpus.row_lists import list_rows


@pytest.mark.parametrize(
    ("positions", "count", "text"),
    [
        ([3], None, "row 3"),
        ([3, 5], None, "rows 3, 5"),
        (range(5), None, "rows 0, 1, 2, 3, 4"),
        (range(6), None, "rows 0, 1, 2, 3, 4 and 1 more"),
        (pl.Series([1, 2]), 2, "rows 1, 2"),
        ([1, 2], 1_502, "rows 1, 2 and 1,500 more"),
        (range(9), 9, "rows 0, 1, 2, 3, 4 and 4 more"),
        ([7], 1, "row 7"),
    ],
)
def test_five_positions_are_listed_and_the_others_counted(positions: object, count: int | None, text: str) -> None:
    assert list_rows(positions, count) == text  # type: ignore[arg-type]
