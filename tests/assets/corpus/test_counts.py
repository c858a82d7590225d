"""Rows are counted by kind, added up, and compared with the bound: every number of the totals, and the edges."""

import dataclasses
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from outcross.assets.corpus.guards.bounds import is_within_bounds
from outcross.assets.corpus.ledger.counts import add_counts, count_rows, subtract_rows
from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.ledger.totals import Totals, totals
from outcross.assets.corpus.quarantine.decisions import _explain_excess, _shares
from outcross.assets.corpus.share_bound import Bound, share_vital
from outcross.assets.corpus.trim.trim import _boundary
from tests.assets.corpus.versions import ESTIMATE, FIRST


def count(origin: Any, depth: int | None, rows: int, generator: str | None = None, licence: str | None = None) -> Count:
    return Count(origin=origin, depth=depth, generator=generator, licence=licence, rows=rows)


COUNTS = [
    count("synthetic", 2, 30, "gan", "MIT"),
    count("real", 0, 60, licence="CC0-1.0"),
    count("unknown", None, 5),
    count("synthetic", 1, 20, "copula"),
    count("mixed", 1, 3, "copula", "MIT"),
    count("synthetic", 9, 0, "gan"),
]


def test_totals_are_sums_by_origin_depth_generator_and_licence() -> None:
    assert totals(COUNTS) == Totals(
        rows=118,
        synthetic=50,
        share=50 / 118,
        undeclared=8,
        by_origin={"real": 60, "synthetic": 50, "mixed": 3, "unknown": 5},
        by_depth={0: 60, 1: 23, 2: 30, 9: 0, None: 5},
        by_generator={"copula": 23, "gan": 30},
        by_licence={None: 25, "CC0-1.0": 60, "MIT": 33},
        deepest=2,
        mean_depth=(23 + 60) / 113,
    )
    found = totals(COUNTS)
    assert [list(each) for each in (found.by_origin, found.by_depth)] == [
        ["real", "synthetic", "mixed", "unknown"],
        [0, 1, 2, 9, None],
    ]
    assert (list(found.by_generator), list(found.by_licence)) == (["copula", "gan"], [None, "CC0-1.0", "MIT"])


def test_totals_of_nothing_have_no_share_and_no_depth() -> None:
    for counts in ([], [count("real", 0, 0)], [count("unknown", None, 0)]):
        found = totals(counts)
        assert (found.rows, found.share, found.by_origin, found.deepest, found.mean_depth) == (0, 0.0, {}, None, None)
    assert totals([count("unknown", None, 4)]).mean_depth is None
    assert totals([count("real", 0, 4)]).mean_depth == 0.0


def test_counts_are_added_kind_by_kind() -> None:
    first = [count("real", 0, 1), count("real", 0, 2, licence="MIT")]
    second = [count("real", 0, 10), count("synthetic", 1, 3)]
    expected = (count("real", 0, 11), count("real", 0, 2, licence="MIT"), count("synthetic", 1, 3))
    assert add_counts(first, second) == expected
    assert add_counts([], []) == ()


def test_rows_of_a_part_are_counted_by_what_they_state(tmp_path: Path) -> None:
    rows = {"origin": ["real", "real", "synthetic"], "depth": [0, 0, None], "licence": ["MIT", "MIT", None]}
    frame = pl.DataFrame({**rows, "generator": [None, None, "gan"]}, schema_overrides={"depth": pl.Int32})
    frame.write_parquet(tmp_path / "part")
    assert count_rows(tmp_path / "part") == (
        count("real", 0, 2, licence="MIT"),
        count("synthetic", None, 1, "gan"),
    )


@pytest.mark.parametrize(
    ("rows", "share"),
    [({}, 0.0), ({"real": 3}, 0.0), ({"real": 3, "mixed": 1}, 0.25), ({"unknown": 1, "synthetic": 1}, 1.0)],
)
def test_every_row_that_is_not_real_counts_for_the_bound(rows: dict[str, int], share: float) -> None:
    vital = share_vital([count(origin, None, number) for origin, number in rows.items()], Bound(0.3, "stated"))
    assert (vital.check, vital.metric, vital.value, vital.lower, vital.upper) == (
        "synthetic_share",
        "synthetic_share",
        share,
        None,
        0.3,
    )


def shares(real: int, synthetic: int) -> list[Count]:
    return [count("real", 0, real), count("synthetic", 1, synthetic)]


@pytest.mark.parametrize(
    ("before", "after", "exceeds"),
    [
        ((70, 10), (70, 30), False),  # up to the bound
        ((70, 30), (70, 31), True),
        ((70, 40), (80, 40), False),  # past it, and real rows bring it nearer
        ((70, 40), (140, 80), False),  # past it, and as far as it was
        ((70, 40), (70, 41), True),
        ((10, 0), (20, 0), False),
    ],
)
def test_a_release_exceeds_the_bound_where_it_ends_past_it_and_further_than_it_began(
    before: tuple[int, int], after: tuple[int, int], exceeds: bool
) -> None:
    last = dataclasses.replace(FIRST, counts=tuple(shares(*before)))
    found = _shares(last, shares(*after), Bound(0.3, "stated"), None, None)
    assert (not all(map(is_within_bounds, found))) is exceeds


@pytest.mark.parametrize(("lower", "exceeds"), [(0.2, False), (0.24, False), (0.4, True)])
def test_a_release_exceeds_the_bound_where_the_estimate_ends_past_it(lower: float, exceeds: bool) -> None:
    """40 of 100 rows declared real become 40 of 120 with 20 synthetic ones that are released."""
    found = dataclasses.replace(ESTIMATE, share=lower, lower=lower, upper=0.9)
    last = dataclasses.replace(FIRST, counts=tuple(shares(100, 0)), estimated=found)
    bound = Bound(0.37, "stated")
    vitals = _shares(last, shares(100, 20), bound, None, None)
    assert (not all(map(is_within_bounds, vitals))) is exceeds
    if exceeds:
        assert (
            "with 20 rows of it, at least an estimated 50.0% of the corpus would be synthetic, and at most 37.0%"
            in _explain_excess("b1", 20, vitals, bound)
        )


def test_a_release_past_the_bound_is_refused_with_both_shares_and_three_remedies() -> None:
    bound = Bound(0.3, "stated in the corpus file")
    assert _explain_excess("b1", 1200, _shares(FIRST, shares(60, 40), bound, None, None), bound) == (
        "batch b1: with 1,200 rows of it, 40.0% of the corpus would not be real, and at most 30.0% is allowed (stated "
        "in the corpus file); release fewer, add real rows first, or pass --past-bound"
    )


DEPTHS = [
    count("real", 0, 100),
    count("synthetic", 1, 10),
    count("unknown", None, 5),
    count("synthetic", 3, 20),
    count("mixed", 2, 4),
    count("synthetic", 3, 1, "gan"),
]


@pytest.mark.parametrize(
    ("leave_out", "depth", "deeper"),
    [(1, 3, 0), (20, 3, 0), (21, 3, 0), (22, 2, 21), (25, 2, 21), (26, 1, 25), (40, 1, 25)],
)
def test_the_depth_that_is_left_out_in_part_has_all_deeper_rows_above_it(
    leave_out: int, depth: int, deeper: int
) -> None:
    assert _boundary(DEPTHS, leave_out) == (depth, deeper)


def test_more_rows_than_are_not_real_cannot_be_left_out() -> None:
    with pytest.raises(AssertionError, match="more rows are to be left out than are not real"):
        _boundary(DEPTHS, 41)


def test_rows_are_subtracted_kind_by_kind_and_a_kind_without_rows_goes() -> None:
    gone = {"origin": ["synthetic"] * 12, "depth": [3] * 11 + [1], "generator": [None] * 12, "licence": [None] * 12}
    out = pl.DataFrame(
        gone, schema={"origin": pl.String, "depth": pl.Int32, "generator": pl.String, "licence": pl.String}
    )
    left = subtract_rows([count("synthetic", 3, 20), count("synthetic", 1, 1), count("real", 0, 4)], out)
    assert left == (count("synthetic", 3, 9), count("real", 0, 4))
