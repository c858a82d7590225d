"""What speaks against single rows, and what does not."""

import polars as pl
import pytest

from outcross.assets.corpus.intake.repeats import repeats
from outcross.assets.corpus.intake.row_guards import ROW_GUARDS, Allowed, check_rows
from outcross.assets.corpus.provenance import COLUMNS

ALLOWED = Allowed(ranges={"age": (20, 60)}, licences=frozenset({"CC0-1.0", "CC-BY-4.0"}))
FINE = {"origin": "real", "licence": "CC0-1.0"}


def checked(*rows: dict[str, object], allowed: Allowed = ALLOWED) -> list[list[str]]:
    blank: dict[str, object] = {"age": 30.0, **dict.fromkeys(COLUMNS), **FINE}
    frame = pl.DataFrame([blank | row for row in rows], schema={"age": pl.Float64(), **COLUMNS})
    return check_rows(frame, allowed, ROW_GUARDS).to_list()


def test_rows_in_order_have_no_reason_against_them() -> None:
    synthetic = {"origin": "synthetic", "generator": "copula", "depth": 1}
    assert checked({}, {"age": None}, {"age": -20.0}, {"age": 100.0}, synthetic, {"origin": "unknown"}) == [[]] * 6


def test_a_number_far_outside_the_anchor_is_told_with_its_range() -> None:
    assert checked({"age": 101.0}, {"age": -21.0}) == [
        ["range: column 'age' holds 101.0, far outside 20 to 60"],
        ["range: column 'age' holds -21.0, far outside 20 to 60"],
    ]


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"licence": None}, "licence: no licence is stated; allowed are CC-BY-4.0, CC0-1.0"),
        ({"licence": "ours"}, "licence: licence 'ours' is none of CC-BY-4.0, CC0-1.0"),
        ({"depth": 2}, "provenance: the row is said to be real and to have passed through a model"),
        ({"generator": "copula"}, "provenance: the row is said to be real and to come from a generator"),
        (
            {"origin": "synthetic", "depth": 0},
            "provenance: the row is said to be synthetic and to have passed through no model",
        ),
    ],
)
def test_provenance_that_cannot_be_accepted_is_told(row: dict[str, object], told: str) -> None:
    assert checked(row) == [[told]]


def test_every_reason_is_told_and_only_of_the_guards_asked() -> None:
    row = {"age": 1e9, "licence": "ours", "depth": 1}
    assert [reason.split(":")[0] for reason in checked(row)[0]] == ["range", "licence", "provenance"]
    frame = pl.DataFrame([{"age": 1e9, **dict.fromkeys(COLUMNS)}], schema={"age": pl.Float64(), **COLUMNS})
    assert check_rows(frame, ALLOWED, ["licence"]).to_list() == [
        ["licence: no licence is stated; allowed are CC-BY-4.0, CC0-1.0"]
    ]
    assert check_rows(frame, ALLOWED, []).to_list() == [[]]


def test_any_licence_will_do_where_none_is_named() -> None:
    free = Allowed(ranges={}, licences=frozenset())
    assert checked({"licence": None}, {"licence": "ours"}, allowed=free) == [[], []]


def test_rows_that_say_what_others_say_are_found() -> None:
    batch = pl.LazyFrame(
        {
            "position": [0, 1, 2, 3, 4, 5],
            "content": ["new", "held", "old", "old", "before", "new"],
            "origin": ["real", "real", "real", "synthetic", "real", "unknown"],
        }
    )
    others = {"holdout": ["held"], "anchor": ["old", "older"], "corpus": ["before", "old"]}
    found = repeats(batch, **{name: pl.LazyFrame({"content": hashes}) for name, hashes in others.items()})
    assert found.rows() == [
        (1, "holdout_overlap", "the row is one of the holdout's, which no dataset may contain"),
        (2, "duplicates", "the anchor has this row already"),
        (3, "duplicates", "the batch has this row already"),
        (3, "duplicates", "the row is said to be synthetic and equals one of the anchor's"),
        (4, "duplicates", "the corpus has this row already"),
        (5, "duplicates", "the batch has this row already"),
    ]


def test_nothing_is_found_among_nothing() -> None:
    none = pl.LazyFrame(schema={"content": pl.String()})
    batch = pl.LazyFrame(schema={"position": pl.Int64(), "content": pl.String(), "origin": pl.String()})
    assert repeats(batch, holdout=none, anchor=none, corpus=none).is_empty()
