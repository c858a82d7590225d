"""The interval and p-value of paired differences: Student's without skewness, wider with it, and agreeing."""

import numpy as np
import pytest

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.paired_difference import intervals, paired_difference
from outcross.assets.verdict.skewed_t import t_quantile, t_quantiles


def draws(replicates: int, *, mean: float, skewed: bool = False, seed: int = 1) -> Floats:
    random = np.random.default_rng(seed)
    return mean + (random.exponential(1.0, replicates) - 1 if skewed else random.standard_normal(replicates))


def test_the_interval_is_students_and_a_whole_standard_error_of_skewness_wider_where_there_is_none() -> None:
    differences = np.array([-1.0, -0.5, 0.0, 0.5, 1.0]) + 0.3
    found = paired_difference(differences)
    quantile = t_quantile(0.025, 5, np.array(np.sqrt(6 / 5)))
    assert found.upper - 0.3 == pytest.approx(0.3 - found.lower) == pytest.approx(-quantile * np.sqrt(0.625 / 5))
    assert found.upper - 0.3 > 2.7764 * np.sqrt(0.625 / 5)


@pytest.mark.parametrize("replicates", [3, 5, 20, 60])
@pytest.mark.parametrize("lost", [0.0, 0.3])
def test_the_p_value_is_below_a_twentieth_where_the_interval_leaves_zero_out(replicates: int, lost: float) -> None:
    sides = []
    for seed in range(40):
        differences = draws(replicates, mean=seed / 10 - 2, skewed=seed % 2 == 0, seed=seed)
        found = paired_difference(differences, lost=lost)
        sides.append(found.lower > 0 or found.upper < 0)
        assert (found.p < 0.05) == sides[-1]
    assert any(sides) and not all(sides)


def test_a_change_of_sign_mirrors_the_interval_and_keeps_the_p_value() -> None:
    differences = draws(8, mean=0.6, skewed=True)
    found, mirrored = paired_difference(differences), paired_difference(-differences)
    assert (mirrored.lower, mirrored.upper, mirrored.effect) == (-found.upper, -found.lower, -found.effect)
    assert mirrored.p == found.p < 1


def test_an_interval_of_right_skewed_differences_reaches_farther_up() -> None:
    differences = draws(12, mean=0.0, skewed=True)[None]
    lower, upper = intervals(differences)
    assert (upper - differences.mean())[0] > 1.2 * (differences.mean() - lower)[0]


def test_what_a_run_may_lose_unseen_is_added_on_both_sides() -> None:
    differences = draws(10, mean=0.2)
    plain, wider = paired_difference(differences), paired_difference(differences, lost=0.5)
    unseen = 0.5 * (1 - 0.025**0.1)
    assert (wider.lower, wider.upper) == (pytest.approx(plain.lower - unseen), pytest.approx(plain.upper + unseen))
    assert wider.p > plain.p


def test_the_effect_size_is_hedges_g_of_paired_samples() -> None:
    differences = np.array([1.0, 2.0, 3.0, 6.0])
    expected = 3 / np.std(differences, ddof=1) * (1 - 3 / 11)
    assert paired_difference(differences).effect == pytest.approx(expected)


@pytest.mark.parametrize("skewness", [-2.3, 0.0, 1.7])
def test_quantiles_as_a_function_pass_through_the_simulated_one_and_rise_with_the_probability(skewness: float) -> None:
    quantile = t_quantiles(7, skewness)
    assert quantile(0.025) == pytest.approx(float(t_quantile(0.025, 7, np.array(skewness))))
    found = [quantile(probability) for probability in (1e-6, 1e-3, 0.004, 0.006, 0.02, 0.1, 0.4, 0.5)]
    assert found == sorted(found)
    assert found[0] < 2 * found[1]
