"""How many rows bring a corpus back: the fewest, to the row."""

import dataclasses
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from outcross.assets.corpus.bound_in_rows import keeps_bound, not_real, real_rows_needed, rows_to_leave_out
from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.trim.past_bound import at_least_synthetic
from tests.assets.corpus.versions import ESTIMATE, SECOND

BOUND = st.integers(0, 1_000).map(lambda thousandths: thousandths / 1_000) | st.floats(0, 1)


@given(st.integers(0, 2_000), st.integers(0, 2_000), BOUND)
def test_the_number_of_rows_is_enough_and_one_fewer_is_not(synthetic: int, real: int, bound: float) -> None:
    rows, exact = synthetic + real, Fraction(Decimal(repr(bound)))
    assume(rows)
    needed = real_rows_needed(synthetic, rows, bound)
    if needed is None:
        assert bound == 0 and synthetic
    else:
        assert Fraction(synthetic, rows + needed) <= exact
        assert needed == 0 or Fraction(synthetic, rows + needed - 1) > exact
    out = rows_to_leave_out(synthetic, rows, bound)
    assert 0 <= out <= synthetic
    assert out == rows or Fraction(synthetic - out, rows - out) <= exact
    assert out == 0 or Fraction(synthetic - out + 1, rows - out + 1) > exact


@pytest.mark.parametrize(
    ("synthetic", "rows", "bound", "kept", "needed", "out"),
    [
        (3, 10, 0.3, True, 0, 0),
        (10, 100, 0.1, True, 0, 0),
        (11, 100, 0.1, False, 10, 2),
        (30, 100, 0.24, False, 25, 8),
        (1, 1, 1.0, True, 0, 0),
        (5, 5, 0.0, False, None, 5),
        (0, 0, 0.0, True, 0, 0),
    ],
)
def test_examples(synthetic: int, rows: int, bound: float, kept: bool, needed: int | None, out: int) -> None:
    assert keeps_bound(synthetic, rows, bound) is kept
    assert real_rows_needed(synthetic, rows, bound) == needed
    assert rows_to_leave_out(synthetic, rows, bound) == out


def test_rows_that_are_not_declared_real_count_as_synthetic() -> None:
    counts = [
        Count(origin=origin, depth=None, generator=None, licence=None, rows=rows)
        for origin, rows in (("real", 1), ("synthetic", 2), ("mixed", 4), ("unknown", 8))
    ]
    assert not_real(counts) == 14


@pytest.mark.parametrize(("lower", "rows"), [(None, 25), (0.1, 25), (0.2, 25), (0.24, 30), (0.2479, 30), (0.248, 31)])
def test_rows_that_are_at_least_estimated_to_be_synthetic_count_where_they_are_more(
    lower: float | None, rows: int
) -> None:
    found = None if lower is None else dataclasses.replace(ESTIMATE, lower=lower)
    assert SECOND.rows == 125
    assert at_least_synthetic(dataclasses.replace(SECOND, estimated=found)) == rows
