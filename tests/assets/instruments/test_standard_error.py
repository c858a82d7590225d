import numpy as np
import pytest

from outcross.assets.instruments.standard_error import jackknife_error, ratio_of_sums


def test_for_a_mean_the_jackknife_gives_the_usual_standard_error() -> None:
    values = np.random.default_rng(1).normal(size=40)
    without = (values.sum() - values) / 39
    assert jackknife_error(without) == pytest.approx(values.std(ddof=1) / np.sqrt(40))


def test_one_row_has_no_standard_error() -> None:
    assert np.isnan(jackknife_error(np.array([1.0])))
    value, error = ratio_of_sums(np.array([3.0]), np.array([2]))
    assert value == 1.5 and np.isnan(error)


def test_without_units_there_is_no_ratio() -> None:
    assert np.isnan(ratio_of_sums(np.zeros(3), np.zeros(3))).all()


def test_the_error_of_a_ratio_of_sums_is_the_spread_over_repeated_samples() -> None:
    random = np.random.default_rng(2)
    found = []
    for _ in range(400):
        units = random.integers(5, 15, 60)
        found.append(ratio_of_sums(units * random.exponential(2.0, 60), units))
    values, errors = np.array(found).T
    assert errors.mean() == pytest.approx(values.std(ddof=1), rel=0.12)


@pytest.mark.parametrize("slope", [0.0, 2.0])
def test_the_error_of_a_ratio_holds_where_long_rows_have_more_or_as_much(slope: float) -> None:
    random = np.random.default_rng(3)
    found = []
    for _ in range(400):
        units = random.geometric(0.1, 60)
        found.append(ratio_of_sums(5 + slope * units + random.exponential(2.0, 60), units))
    values, errors = np.array(found).T
    assert np.sqrt((errors**2).mean()) == pytest.approx(values.std(ddof=1), rel=0.15)
