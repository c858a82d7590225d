"""Comparing levels first finds what comparing all pairs finds, to the bit."""

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from outcross.assets.instruments import gower
from outcross.assets.instruments.gower import Nearest, nearest_records
from outcross.assets.instruments.levels_first import search_levels_first
from outcross.resources.schema import Column, Role, Schema
from tests.assets.evaluation.tables import CENSUS, census

NUMBERS = st.sampled_from([None, float("nan"), float("inf"), -float("inf"), 0.0, 0.1, 0.3, 1 / 3, 0.7, 1.0, 5.0, -70.0])
"""Ties, nulls, and rows beyond the range of the records."""
LEVELS = st.sampled_from([None, "", "a", "b", "c"])


def assert_same(found: Nearest, expected: Nearest) -> None:
    for name in ("first", "second", "record"):
        assert getattr(found, name).tobytes() == getattr(expected, name).tobytes(), name


def assert_both_ways_agree(rows: pl.DataFrame, records: pl.DataFrame, schema: Schema) -> None:
    encoded = gower._encode(rows, records, schema)
    assert_same(Nearest(*search_levels_first(*encoded)), gower._compare_all(*encoded))


@st.composite
def tables(draw: st.DrawFn) -> tuple[pl.DataFrame, pl.DataFrame, Schema]:
    kinds = draw(st.lists(st.sampled_from([Role.NUMERIC, Role.CATEGORICAL]), min_size=1, max_size=6))
    schema = Schema(tuple(Column(name=f"c{place}", role=role, nullable=True) for place, role in enumerate(kinds)))
    sides = []
    for most in (5, 30):
        line = st.tuples(*(NUMBERS if role == Role.NUMERIC else LEVELS for role in kinds))
        lines = draw(st.lists(line, min_size=1, max_size=most))
        sides.append(pl.DataFrame(lines, schema=schema.polars, orient="row"))
    return sides[0], sides[1], schema


@settings(max_examples=100)
@given(tables())
def test_both_ways_give_the_same_bits(table: tuple[pl.DataFrame, pl.DataFrame, Schema]) -> None:
    assert_both_ways_agree(*table)


def test_the_first_of_several_nearest_records_is_named_though_its_level_differs() -> None:
    schema = Schema((Column(name="x", role=Role.NUMERIC), Column(name="level", role=Role.CATEGORICAL)))
    records = pl.DataFrame([(0.0, "b"), (1.0, "a"), (1.0, "a")], schema=schema.polars, orient="row")
    row = pl.DataFrame([(0.0, "a")], schema=schema.polars, orient="row")
    assert search_levels_first(*gower._encode(row, records, schema))[2].tolist() == [0]
    assert_both_ways_agree(row, records, schema)


def test_both_ways_give_the_same_bits_in_hundreds_of_records_with_ties() -> None:
    rows, records = census(1, 60, nulls=0.3).with_columns(pl.col("pay") * 3 - 20), census(2, 700)
    assert_both_ways_agree(rows, records, CENSUS)
    assert_both_ways_agree(rows.with_columns(age=1.0, pay=2.0), records.with_columns(age=1.0, pay=2.0), CENSUS)


def test_more_than_255_unequal_levels_are_counted() -> None:
    columns = [Column(name=f"c{place}", role=Role.CATEGORICAL) for place in range(300)]
    schema = Schema((*columns, Column(name="x", role=Role.NUMERIC)))
    drawn = np.random.default_rng(1)
    frame = pl.DataFrame({column.name: ["same"] * 12 for column in columns} | {"x": drawn.normal(size=12)})
    other = frame.with_columns(pl.lit("other").alias(column.name) for column in columns)
    assert_both_ways_agree(frame, other, schema)
    assert_both_ways_agree(frame, pl.concat([other, frame.head(1)]), schema)


@pytest.mark.parametrize(("many", "asked"), [(90, 1), (91, 0)])
def test_levels_go_first_from_many_records_on(many: int, asked: int, monkeypatch: pytest.MonkeyPatch) -> None:
    rows, records = census(1, 20), census(2, 90)
    expected, calls = nearest_records(rows, records, CENSUS), []
    monkeypatch.setattr(gower, "MANY_RECORDS", many)
    monkeypatch.setattr(gower, "search_levels_first", lambda *sides: calls.append(1) or search_levels_first(*sides))
    assert_same(nearest_records(rows, records, CENSUS), expected)
    assert len(calls) == asked


def test_a_range_beyond_all_numbers_is_left_to_the_comparison_of_all_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    """Such a column has distances that are no numbers, which no order of comparing could leave out."""
    rows = census(1, 20)
    records = census(2, 90).with_columns(pay=pl.Series([-1.7e308, 1.7e308, float("inf")] + [0.0] * 87))
    expected = nearest_records(rows, records, CENSUS)
    monkeypatch.setattr(gower, "MANY_RECORDS", 1)
    assert_same(nearest_records(rows, records, CENSUS), expected)


@pytest.mark.parametrize(("numeric", "discrete", "decide"), [(0, 2, True), (0, 1, False), (6, 2, True), (7, 2, False)])
def test_a_few_discrete_columns_among_many_numbers_do_not_decide(numeric: int, discrete: int, decide: bool) -> None:
    records = gower.MANY_RECORDS
    assert gower._levels_decide(np.empty((numeric, records)), np.empty((discrete, records))) is decide
