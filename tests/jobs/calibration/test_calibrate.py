"""A small calibration: the limit covers where the percentile bootstrap did not."""

import pytest

from outcross.jobs.calibration.arms import ArmCell, arm_cells, calibrate_arms
from outcross.jobs.calibration.grid import Cell, calibrate, cells
from outcross.jobs.calibration.refined import FIXED, calibrate_refined, refined_cells


def cell(family: str, rungs: int, replicates: int) -> Cell:
    return next(
        each for each in cells() if (each.family.name, each.rungs, each.replicates) == (family, rungs, replicates)
    )


@pytest.mark.parametrize(("family", "rungs"), [("concave", 4), ("S-shaped", 3), ("rare collapse", 6)])
def test_the_limit_covers_where_a_percentile_bootstrap_does_not(family: str, rungs: int) -> None:
    found = calibrate(cell(family, rungs, 10), studies=300, compared=40)
    assert found.now.coverage >= 0.93 and found.holds
    assert found.before.coverage < 0.85


def test_the_limit_says_as_much_as_before_where_that_was_right() -> None:
    found = calibrate(cell("Gaussian W2", 6, 10), studies=300, compared=60)
    assert found.now.coverage >= 0.93
    assert found.now.decided >= found.before.decided - 0.06
    assert found.now.limit >= 0.8 * found.before.limit


def test_the_grid_has_every_family_tolerance_ladder_and_number_of_replicates_once() -> None:
    names = [each.name for each in cells()]
    assert len(names) == len(set(names)) == 13 * 3 * 3


@pytest.mark.parametrize(
    ("family", "tolerance", "gained"),
    [("S-shaped", 0.125, 0.1), ("uniform support", 0.05, 0.2), ("linear", 0.1, -0.02)],
)
def test_a_refined_limit_covers_and_decides_at_least_as_often(family: str, tolerance: float, gained: float) -> None:
    cells = {(each.family.name, each.tolerance, each.replicates): each for each in refined_cells()}
    found = calibrate_refined(cells[family, tolerance, 10], studies=300)
    assert found.refined.coverage >= 0.95 and found.holds
    assert found.refined.decided >= found.planned.decided
    assert found.refined.limit >= found.planned.limit + gained
    assert 3 < found.rungs <= len(FIXED)


def arm_cell(family: str, pair: tuple[float, float], replicates: int) -> ArmCell:
    return next(
        each for each in arm_cells() if (each.family.name, each.pair, each.replicates) == (family, pair, replicates)
    )


def test_the_interval_of_compared_arms_covers_where_students_does_not() -> None:
    found = calibrate_arms(arm_cell("uniform support", (0.2, 0.6), 10), studies=300)
    assert found.coverage >= 0.93 and found.holds
    assert found.student < 0.9
    assert found.power > 0.4 and found.false_alarms < 0.07


def test_an_interval_of_arms_that_may_lose_all_allows_for_what_stayed_unseen() -> None:
    found = calibrate_arms(arm_cell("rare collapse", (0.2, 0.6), 5), studies=100)
    assert found.coverage >= 0.97 > 0.5 > found.student
    assert found.truth == pytest.approx(0.15 * (0.36 - 0.04), abs=0.005)


def test_two_arms_are_calibrated_in_every_family_once_for_each_pair_and_number_of_replicates() -> None:
    names = [each.name for each in arm_cells()]
    assert len(names) == len(set(names)) == 8 * 2 * 3
