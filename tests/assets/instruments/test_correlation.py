"""Correlations and their influences, against NumPy and a change of each row's weight by hand."""

from collections.abc import Callable

import numpy as np
import pytest

from outcross.assets.instruments.correlation import Correlations


def columns(rows: int = 40) -> np.ndarray:
    draws = np.random.default_rng(5)
    mixed = draws.normal(size=(3, 3)) @ draws.normal(size=(3, rows))
    return mixed * [[1.0], [1e-3], [50.0]] + [[0.0], [7.0], [-3.0]]


def moved(statistic: Callable[[np.ndarray], float], rows: int) -> np.ndarray:
    """The change of a statistic of weighted rows as a row's weight grows, from its value with equal weights."""
    step, equal = 1e-6, np.full(rows, 1.0 / rows)
    changes = [statistic((1 - step) * equal + step * np.eye(rows)[row]) for row in range(rows)]
    return (np.array(changes) - statistic(equal)) / step


def weighted_r(x: np.ndarray, y: np.ndarray, weights: np.ndarray) -> float:
    covariance = np.cov(np.stack([x, y]), aweights=weights, ddof=0)
    return float(covariance[0, 1] / np.sqrt(covariance[0, 0] * covariance[1, 1]))


def weighted_eta(values: np.ndarray, codes: np.ndarray, weights: np.ndarray) -> float:
    mean = weights @ values
    levels = [
        (weights[codes == code].sum(), np.average(values[codes == code], weights=weights[codes == code]))
        for code in set(codes.tolist())
    ]
    return float(np.sqrt(sum(share * (each - mean) ** 2 for share, each in levels) / (weights @ (values - mean) ** 2)))


def test_r_is_that_of_the_rows_in_which_both_columns_have_a_value() -> None:
    values = columns()
    whole = Correlations.of(values)
    assert whole.r == pytest.approx(np.corrcoef(values))
    assert (whole.pairs == 40).all()
    values[0, :7], values[1, 5:12] = np.nan, [np.inf] * 7
    some = Correlations.of(values)
    for one in range(3):
        for other in range(3):
            both = np.isfinite(values[[one, other]]).all(axis=0)
            assert some.pairs[one, other] == both.sum()
            assert some.r[one, other] == pytest.approx(np.corrcoef(values[one, both], values[other, both])[0, 1])


def test_constant_columns_and_less_than_two_common_rows_have_no_r() -> None:
    constant = np.array([[1.0, 2.0, 4.0], [3.0, 3.0, 3.0]])
    assert np.isnan(Correlations.of(constant).r).tolist() == [[False, True], [True, True]]
    apart = Correlations.of(np.array([[1.0, 2.0, np.nan, np.nan], [np.nan, 5.0, 6.0, 7.0]]))
    assert np.isnan(apart.r).tolist() == [[False, True], [True, False]]
    assert apart.pairs.tolist() == [[2, 1], [1, 3]]
    still = np.array([[1.0, 1.0, 5.0, np.nan], [1.0, 2.0, np.nan, 3.0]])
    assert np.isnan(Correlations.of(still).r[0, 1]), "the first is constant where the second has values"
    two = Correlations.of(np.array([[1.0, 2.0, np.nan], [4.0, 3.0, 5.0]]))
    assert two.r[0, 1] == -1
    assert np.isnan(Correlations.of(np.array([[np.nan], [1.0]])).r).all()


def test_the_influence_on_a_sum_of_correlations_is_its_change_with_a_rows_weight() -> None:
    values, weights = columns(), np.array([[0.0, 0.5, -1.0], [0.0, 0.0, 2.0], [0.0, 0.0, 0.0]])

    def total(shares: np.ndarray) -> float:
        pairs = zip(*np.nonzero(weights), strict=True)
        return sum(weights[one, other] * weighted_r(values[one], values[other], shares) for one, other in pairs)

    assert Correlations.of(values).influences(weights) == pytest.approx(moved(total, 40), abs=1e-4)


def test_a_row_without_one_of_two_values_has_no_influence_and_the_others_the_more() -> None:
    values, weights = columns()[:2], np.array([[0.0, 1.0], [0.0, 0.0]])
    whole = Correlations.of(values).influences(weights)
    with_gaps = np.concatenate([values, [[np.nan] * 10, [1.0] * 10]], axis=1)
    found = Correlations.of(with_gaps)
    assert found.r[0, 1] == pytest.approx(Correlations.of(values).r[0, 1])
    alike = Correlations.of(np.concatenate([values, np.full((2, 10), np.nan)], axis=1)).influences(weights)
    assert alike == pytest.approx([*(whole * 50 / 40), *[0.0] * 10])


def test_eta_is_the_share_of_the_spread_that_is_between_levels_and_so_is_its_influence() -> None:
    values, codes = columns(), np.arange(40) % 3
    eta, influence = Correlations.of(values).ratio(1, codes, levels=4)
    equal = np.full(40, 1 / 40)
    assert eta == pytest.approx(weighted_eta(values[1], codes, equal))
    assert influence == pytest.approx(moved(lambda shares: weighted_eta(values[1], codes, shares), 40), abs=1e-4)
    gaps = values.copy()
    gaps[1, :10] = np.nan
    eta, partly = Correlations.of(gaps).ratio(1, codes, levels=4)
    assert eta == pytest.approx(weighted_eta(values[1, 10:], codes[10:], np.full(30, 1 / 30)))
    _, alone = Correlations.of(values[:, 10:]).ratio(1, codes[10:], levels=4)
    assert partly == pytest.approx([*[0.0] * 10, *(alone * 40 / 30)])


@pytest.mark.parametrize("values", [[np.nan] * 4, [2.0] * 4, [1.0, -1.0, -1.0, 1.0]])
def test_without_spread_between_levels_eta_is_0_and_no_row_moves_it(values: list[float]) -> None:
    eta, influence = Correlations.of(np.array([values])).ratio(0, np.array([0, 0, 1, 1]), levels=2)
    assert eta == 0 and influence.tolist() == [0.0] * 4
