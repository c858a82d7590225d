"""One cause is named where nearly all rows have it, by what the reasons say and not by their values."""

from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.files import QUARANTINE
from outcross.assets.corpus.intake.common_cause import find_common_cause

RANGE = "range: column 'age' holds {}, far outside 20 to 60"


def write(folder: Path, reasons: list[list[str]]) -> Path:
    """Quarantined rows with these reasons, in the reverse order of their positions."""
    positions = list(range(len(reasons)))[::-1]
    rows = {"position": positions, "raw": ["{}"] * len(reasons), "reasons": reasons[::-1]}
    pl.DataFrame(rows, schema=QUARANTINE).write_parquet(folder / "quarantine")
    return folder / "quarantine"


@pytest.mark.parametrize(
    ("quarantined", "rows", "named"),
    [(20, 20, True), (19, 20, True), (18, 20, False), (95, 100, True), (94, 100, False), (0, 0, False), (0, 20, False)],
)
def test_a_cause_is_one_of_at_least_95_rows_in_100(tmp_path: Path, quarantined: int, rows: int, named: bool) -> None:
    quarantine = write(tmp_path, [[RANGE.format(100 + place)] for place in range(quarantined)])
    found = find_common_cause(quarantine, rows=rows)
    told = f"{quarantined} of its {rows} rows have one cause: {RANGE.format(100)}"
    assert found == (told if named else None)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("schema: column 'a' holds 'x', no number", "schema: column 'a' holds 'y', no number", True),
        ("schema: column 'a' has no value", "schema: column 'a' has no value", True),
        ("schema: column 'a' has no value", "schema: column 'b' has no value", False),
        ("schema: column 'a' has no value", "schema: column 'a' holds 'x'", False),
        ("range: column 'a' holds 1, far", "schema: column 'a' holds 1, no date", False),
        ("licence: 'x 1' is not allowed", "licence: 'x 22' is not allowed", True),
        ("licence: 'x' is not allowed", "licence: 'y' is not allowed", False),
        ("schema: line 3: 2 fields", "schema: line 14: 5 fields", True),
    ],
)
def test_reasons_are_one_cause_by_guard_and_column_or_but_for_their_numbers(
    tmp_path: Path, first: str, second: str, same: bool
) -> None:
    found = find_common_cause(write(tmp_path, [[first]] * 10 + [[second]] * 10), rows=20)
    assert found == (f"20 of its 20 rows have one cause: {first}" if same else None)


def test_a_row_counts_once_for_a_cause_and_may_have_others(tmp_path: Path) -> None:
    reasons = [[RANGE.format(1), RANGE.format(2), "licence: none"]] * 1000 + [["licence: none"]] * 50
    assert find_common_cause(write(tmp_path, reasons), rows=1050) == (
        "1,050 of its 1,050 rows have one cause: licence: none"
    )
    twice = [[RANGE.format(1), RANGE.format(2)]] * 10 + [["licence: none"]] * 10
    assert find_common_cause(write(tmp_path, twice), rows=20) is None
    assert find_common_cause(write(tmp_path, [[]] * 20), rows=20) is None
