"""Row-level guards reject faulty rows with their reason, and no others."""

from pathlib import Path

import polars as pl
import pytest

from outcross.assets.corpus.intake import sorting
from outcross.assets.corpus.intake.repeats import find_repeats
from outcross.assets.corpus.intake.row_guards import ROW_GUARDS, AllowedValues, check_rows
from outcross.assets.corpus.intake.sorting import Sorting
from outcross.assets.corpus.provenance import COLUMNS
from outcross.assets.corpus.rows_file import RowsFile
from outcross.resources.schema import Column, Role, Schema

ALLOWED = AllowedValues(ranges={"age": (20, 60)}, licences=frozenset({"CC0-1.0", "CC-BY-4.0"}))
FINE = {"origin": "real", "licence": "CC0-1.0"}


def checked(*rows: dict[str, object], allowed: AllowedValues = ALLOWED) -> list[list[str]]:
    blank: dict[str, object] = {"age": 30.0, **dict.fromkeys(COLUMNS), **FINE}
    frame = pl.DataFrame([blank | row for row in rows], schema={"age": pl.Float64(), **COLUMNS})
    return check_rows(frame, allowed, ROW_GUARDS).to_list()


def test_good_rows_are_not_rejected() -> None:
    synthetic = {"origin": "synthetic", "generator": "copula", "depth": 1}
    assert checked({}, {"age": None}, {"age": -20.0}, {"age": 100.0}, synthetic, {"origin": "unknown"}) == [[]] * 6


def test_a_number_far_outside_the_anchor_is_rejected_with_the_range() -> None:
    assert checked({"age": 101.0}, {"age": -21.0}) == [
        ["range: column 'age' holds 101.0, far outside 20 to 60"],
        ["range: column 'age' holds -21.0, far outside 20 to 60"],
    ]


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"licence": None}, "licence: no licence is stated; allowed are CC-BY-4.0, CC0-1.0"),
        ({"licence": "ours"}, "licence: licence 'ours' is not allowed; allowed are CC-BY-4.0, CC0-1.0"),
        ({"depth": 2}, "provenance: the row is declared real, and its depth says that it has passed through a model"),
        ({"generator": "copula"}, "provenance: the row is declared real and names a generator"),
        (
            {"origin": "synthetic", "depth": 0},
            "provenance: the row is declared synthetic, and its depth says that it has passed through no model",
        ),
    ],
)
def test_wrong_provenance_is_rejected_with_its_fault(row: dict[str, object], reason: str) -> None:
    assert checked(row) == [[reason]]


def test_a_row_has_the_reasons_of_every_guard_asked_and_of_no_other() -> None:
    row = {"age": 1e9, "licence": "ours", "depth": 1}
    assert [reason.split(":")[0] for reason in checked(row)[0]] == ["range", "licence", "provenance"]
    frame = pl.DataFrame([{"age": 1e9, **dict.fromkeys(COLUMNS)}], schema={"age": pl.Float64(), **COLUMNS})
    assert check_rows(frame, ALLOWED, ["licence"]).to_list() == [
        ["licence: no licence is stated; allowed are CC-BY-4.0, CC0-1.0"]
    ]
    assert check_rows(frame, ALLOWED, []).to_list() == [[]]


def test_any_licence_is_allowed_where_none_is_named() -> None:
    free = AllowedValues(ranges={}, licences=frozenset())
    assert checked({"licence": None}, {"licence": "ours"}, allowed=free) == [[], []]


def test_rows_that_repeat_others_are_found() -> None:
    batch = pl.LazyFrame(
        {
            "position": [0, 1, 2, 3, 4, 5],
            "content": ["new", "held", "old", "old", "before", "new"],
            "origin": ["real", "real", "real", "synthetic", "real", "unknown"],
        }
    )
    others = {"holdout": ["held"], "anchor": ["old", "older"], "admitted": ["before", "old"]}
    found = find_repeats(batch, **{name: pl.LazyFrame({"content": hashes}) for name, hashes in others.items()})
    assert found.rows() == [
        (1, "holdout_overlap", "the row is in the holdout, which no dataset may contain"),
        (2, "duplicates", "the anchor has this row already"),
        (3, "duplicates", "the batch has this row already"),
        (3, "duplicates", "the row is declared synthetic and equals a row of the anchor"),
        (4, "duplicates", "the corpus has this row already"),
        (5, "duplicates", "the batch has this row already"),
    ]


def test_an_empty_batch_has_no_repeats() -> None:
    none = pl.LazyFrame(schema={"content": pl.String()})
    batch = pl.LazyFrame(schema={"position": pl.Int64(), "content": pl.String(), "origin": pl.String()})
    assert find_repeats(batch, holdout=none, anchor=none, admitted=none).is_empty()


AGE = Schema((Column(name="age", role=Role.NUMERIC, integer=True),))
FAR_AND_UNLICENSED = pl.DataFrame(
    {"position": [0, 1, 2], "age": [-21, 30, 101], **dict.fromkeys(COLUMNS, None), "origin": "real"},
    schema={"position": pl.Int64, **AGE.polars, **COLUMNS},
).with_columns(licence=pl.Series(["CC0-1.0", "ours", "CC0-1.0"]))


def sorting_of(folder: Path, guards: frozenset[str], observers: frozenset[str]) -> Sorting:
    return Sorting(RowsFile(folder / "held"), RowsFile(folder / "read"), AGE, guards, observers)


@pytest.mark.parametrize(
    ("guards", "observers", "stay", "observed"),
    [
        ({"range", "licence"}, set(), [], 0),
        ({"range"}, set(), [1], 0),
        ({"range"}, {"licence"}, [1], 1),
        (set(), {"range", "licence"}, [0, 1, 2], 3),
        (set(), set(), [0, 1, 2], 0),
    ],
)
def test_a_guard_of_rows_that_is_off_holds_none_and_one_that_observes_counts_them(
    guards: set[str], observers: set[str], stay: list[int], observed: int, tmp_path: Path
) -> None:
    sorting = sorting_of(tmp_path, frozenset(guards), frozenset(observers))
    assert sorting.check(FAR_AND_UNLICENSED, ALLOWED)["position"].to_list() == stay
    assert sum(each.rows for each in sorting.observed) == observed


def test_rows_that_range_holds_are_gathered_with_their_reasons_until_there_are_enough(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sorting, "MOST_FAR", 2)
    sorted_rows = sorting_of(tmp_path, frozenset(ROW_GUARDS), frozenset())
    for gathered in (2, 2):
        assert sorted_rows.check(FAR_AND_UNLICENSED, ALLOWED)["position"].to_list() == []
        far = pl.concat(sorted_rows.far)
        assert far.height == gathered and far["age"].to_list() == [-21, 101]
        assert all("range: " in reason for reasons in far["reasons"] for reason in reasons)
