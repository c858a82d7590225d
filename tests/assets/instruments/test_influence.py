"""Standard errors of estimates, and of their weighted means."""

import numpy as np
import pytest

from outcross.assets.instruments.influence import MOST_ROWS, Estimate, average, sample_slice

X, Y = np.array([1.0, -1.0, 3.0, 0.0]), np.array([2.0, 0.0, -2.0])
ONE = Estimate(0.5, (X, Y), (8, 6))
OTHER = Estimate(2.0, (X[::-1], -Y), (8, 6))
NOWHERE = Estimate(float("nan"), (X, Y), (8, 6))


def test_the_error_adds_up_both_sides_each_by_all_of_its_rows() -> None:
    expected = np.sqrt(X.var() / 8 + Y.var() / 6)
    assert ONE.value_and_error == (0.5, pytest.approx(expected))
    assert np.isnan(NOWHERE.standard_error) and np.isnan(NOWHERE.value)
    assert np.isnan(Estimate(float("inf"), (X, Y), (8, 6)).standard_error)


@pytest.mark.parametrize("weights", [None, [1.0, 3.0], [4.0, 4.0], [0.0, 2.0]])
def test_a_mean_and_its_influences_are_weighted(weights: list[float] | None) -> None:
    shares = np.array(weights or [1.0, 1.0]) / sum(weights or [1.0, 1.0])
    found = average([ONE, OTHER], weights)
    assert found is not None
    assert found.value == pytest.approx(shares @ [0.5, 2.0])
    for side in (0, 1):
        both = np.stack([ONE.influences[side], OTHER.influences[side]])
        assert found.influences[side] == pytest.approx(shares @ both)
    assert found.rows == (8, 6)


def test_what_has_no_value_or_no_weight_is_left_out_and_nothing_has_no_mean() -> None:
    found = average([NOWHERE, ONE], [5.0, 1.0])
    assert found is not None and found.value_and_error == ONE.value_and_error
    assert average([]) is None
    assert average([NOWHERE]) is None
    assert average([ONE, OTHER], [0.0, 0.0]) is None


@pytest.mark.parametrize(("times", "more", "step"), [(0, 0, 1), (1, 0, 1), (1, 1, 2), (2, 0, 2), (2, 1, 3)])
def test_rows_are_sampled_evenly_and_are_never_too_many(times: int, more: int, step: int) -> None:
    rows = times * MOST_ROWS + more
    assert len(range(rows)[sample_slice(rows)]) == -(-rows // step) <= MOST_ROWS
