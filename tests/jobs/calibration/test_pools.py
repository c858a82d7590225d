"""The pools of a calibration against their closed forms, and what is said of them."""

import numpy as np
import pytest

from outcross.jobs.calibration.benefit import Benefit, calibrate_benefit, rows
from outcross.jobs.calibration.pools import POOLS, PoolFamily

NAMES = {family.name: family for family in POOLS}


@pytest.mark.parametrize("family", POOLS, ids=lambda family: family.name)
def test_a_pool_draws_errors_with_the_expectation_that_is_stated(family: PoolFamily) -> None:
    errors = family.simulate(np.random.default_rng(1), 6_000)
    assert errors.mix.mean(axis=0) == pytest.approx(family.expected, rel=0.03)
    best = np.minimum(errors.real.mean(), errors.repeated.mean(axis=0))
    assert best == pytest.approx(family.best_alternative, rel=0.03)


@pytest.mark.parametrize(("bias", "best", "gain"), [(1.25, 0.40, 0.20), (2.0, 0.25, 0.125), (4.0, 0.125, 0.0625)])
def test_the_best_share_of_added_rows_and_its_gain_are_the_closed_form(bias: float, best: float, gain: float) -> None:
    family = PoolFamily(name="any", bias=bias, shares=(best, 2 * best), rows=100_000)
    assert family.best_alternative - family.expected == pytest.approx([gain, 0.0], abs=1e-3)


def test_a_row_of_the_second_pool_is_worth_043_real_ones_at_its_best_share_and_an_unbiased_one_is_worth_one() -> None:
    assert PoolFamily(name="any", bias=2.0, shares=(0.25,), rows=100_000).worths == pytest.approx([0.4286], abs=1e-3)
    assert NAMES["added, unbiased"].worths == pytest.approx(np.ones(5))


def small(name: str, replicates: int) -> Benefit:
    return calibrate_benefit(NAMES[name], replicates=replicates, studies=250)


def test_what_is_said_of_a_pool_holds_in_a_small_calibration() -> None:
    found = [
        small("added, nb²=2", 20),
        small("added, nb²=12, no share helps", 10),
        small("copy, trained too briefly", 10),
        small("nb²=12, trained too briefly", 5),
    ]
    assert [each.holds for each in found] == [True] * 4
    assert found[0].helps > 0.4 and found[0].share == pytest.approx(0.2)
    assert [line[2] for line in rows(found)] == ["0.2", "–", "–", "–"]


def test_a_calibration_fails_where_a_limit_or_a_claim_does() -> None:
    sound = small("added, nb²=12, no share helps", 5)
    assert sound.holds
    broken = [{"covered": 0.85}, {"helps": 0.12}, {"worth": 0.8}]
    for change in broken:
        assert not Benefit(**{**vars(sound), **change}).holds
