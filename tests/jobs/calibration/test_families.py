"""The families of a calibration against what is known of them exactly."""

import numpy as np
import pytest

from outcross.jobs.calibration.families import (
    FAMILIES,
    Family,
    collapse,
    gaussian_mean,
    gaussian_variance,
    linear,
    uniform_support,
)

MANY = 20_000


def test_the_error_of_a_fixed_mean_is_that_of_theory() -> None:
    """Alemohammad et al. 2024: the risk ratio of ``fixed`` after many generations is (1 + 2s)/(1 − s²)."""
    change, base = gaussian_mean(np.random.default_rng(1), MANY, (0.5,))
    share, steps = 0.5, 5
    remembered = share**steps
    real = (1 + share * remembered**2 - 2 * share * remembered) / (1 - share)
    exact = real + share * (1 - remembered**2) / (1 - share**2)
    assert base.mean() == pytest.approx(1 / 100, rel=0.02)
    assert (change[:, 0] + base).mean() / base.mean() == pytest.approx(exact, rel=0.03)


def test_the_maximum_likelihood_variance_shrinks_by_one_in_n_a_generation_without_real_rows() -> None:
    change, base = gaussian_variance(np.random.default_rng(2), MANY, (1.0,))
    assert base.mean() == pytest.approx(29 / 30, rel=0.02)
    assert (base - change[:, 0]).mean() == pytest.approx((29 / 30) ** 6, rel=0.03)


def test_the_support_shrinks_by_n_over_n_plus_one_a_generation_without_real_rows() -> None:
    change, base = uniform_support(np.random.default_rng(3), MANY, (1.0,))
    assert (base - change[:, 0]).mean() == pytest.approx((100 / 101) ** 6, rel=0.002)


def test_collapses_are_as_rare_as_said() -> None:
    change, _ = collapse(np.random.default_rng(4), MANY, (0.4, 1.0))
    assert (change > 0.5).mean(axis=0) == pytest.approx([0.15 * 0.16, 0.15], rel=0.15)


def test_the_true_share_is_where_the_mean_damage_is_the_tolerance() -> None:
    straight = next(family for family in FAMILIES if family.simulate is linear)
    assert straight.safe_share(0.1) == pytest.approx(0.5, abs=0.005)
    assert straight.safe_share(0.3) == 1.0


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_a_family_draws_what_it_says_and_damages_more_the_more_is_synthetic(family: Family) -> None:
    change, base = family.simulate(np.random.default_rng(5), 4_000, (0.3, 1.0))
    assert change.shape == (4_000, 2) and base.shape == (4_000,) and np.isfinite(change).all()
    low, high = change.mean(axis=0) / base.mean()
    assert -0.01 < low < high
