"""Which rungs may be the best, and the level at which a limit of whichever looks best holds."""

import numpy as np
import pytest

from outcross.assets.verdict.benefit.contenders import contenders, joint_probability, mean_correlation


def test_one_rung_alone_needs_no_correction() -> None:
    assert joint_probability(1, 10, 0.0) == pytest.approx(0.05)


@pytest.mark.parametrize("rungs", [2, 5])
def test_the_level_of_independent_normal_rungs_is_sidaks_for_many_replicates(rungs: int) -> None:
    assert joint_probability(rungs, 40, 0.0) == pytest.approx(1 - 0.95 ** (1 / rungs), rel=0.12)


def test_rungs_that_move_together_need_less_correction() -> None:
    apart, together = joint_probability(5, 10, 0.0), joint_probability(5, 10, 0.9)
    assert 0.009 < apart < 0.6 * together < 0.05


def test_the_limits_of_all_rungs_hold_together_in_95_of_100_studies() -> None:
    from scipy.special import stdtr

    random = np.random.default_rng(1)
    drawn = np.sqrt(0.5) * (random.standard_normal((4_000, 8, 1)) + random.standard_normal((4_000, 8, 4)))
    statistic = drawn.mean(axis=1) / drawn.std(axis=1, ddof=1) * np.sqrt(8)
    missed = (stdtr(7, statistic) < joint_probability(4, 8, 0.5)).any(axis=1)
    assert missed.mean() == pytest.approx(0.05, abs=0.012)


def test_a_rung_that_is_clearly_worse_is_out_of_contention_and_one_that_is_not_stays() -> None:
    noise = np.random.default_rng(2).standard_normal((10, 3))
    improvement = noise * 0.1 + np.array([1.0, 0.98, 0.0])
    kept = contenders(improvement, np.asarray(0))
    assert kept.tolist() == [True, True, False]


@pytest.mark.parametrize(("error", "stays"), [(6.5, True), (7.5, False)])
def test_a_rung_is_out_from_the_quantile_of_students_t_of_few_replicates(error: float, stays: bool) -> None:
    """The 99 % quantile at 2 degrees of freedom is 6.96, at 3 it is 4.54."""
    lead = error / np.sqrt(3) + np.array([-1.0, 0.0, 1.0])
    improvement = np.stack([np.zeros(3), -lead], axis=1)
    assert contenders(improvement, np.asarray(0)).tolist() == [True, stays]


def test_equal_rungs_stay_in_contention_and_a_constant_lead_ends_it() -> None:
    same = np.tile(np.arange(5.0)[:, None], (1, 3))
    assert contenders(same, np.asarray(1)).tolist() == [True, True, True]
    assert contenders(same + np.array([0.0, 1.0, 0.0]), np.asarray(1)).tolist() == [False, True, False]


def test_the_correlation_is_that_of_the_kept_rungs_rounded_down() -> None:
    random = np.random.default_rng(3)
    common = random.standard_normal((500, 1))
    rungs = np.concatenate([common + 0.58 * random.standard_normal((500, 2)), random.standard_normal((500, 1))], axis=1)
    assert float(mean_correlation(rungs, np.array([True, True, False]))) == pytest.approx(0.7)
    assert float(mean_correlation(rungs, np.array([True, False, True]))) == pytest.approx(0.0)
    assert float(mean_correlation(rungs, np.array([True, False, False]))) == 0.0
