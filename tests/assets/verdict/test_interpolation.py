import numpy as np
import pytest

from outcross.assets.verdict.dose_response import Floats
from outcross.assets.verdict.interpolation import safe_up_to
from outcross.assets.verdict.limits import check_rungs
from outcross.resources.seeds import generator

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


def curve(*damage: float, noise: float = 0.0, replicates: int = 8) -> Floats:
    """Degradation at each share above the control, with deviations that cancel out."""
    spread = noise * np.linspace(-1, 1, replicates)[:, None] * np.array([0, 1, -1, 1, -1])
    return np.array([0.0, *damage]) + spread


def limit(damage: Floats, tolerance: float) -> float:
    return float(safe_up_to(damage, check_rungs(damage[:, 1:] - tolerance), SHARES, tolerance))


@pytest.mark.parametrize(
    ("damage", "tolerance", "share"),
    [
        ((0.1, 0.2, 0.4, 0.8), 0.3, 0.625),  # halfway between the rungs of 0.2 and 0.4
        ((0.1, 0.2, 0.4, 0.8), 0.05, 0.125),  # halfway between the control and the first rung
        ((0.1, 0.2, 0.3, 0.4), 0.05, 0.125),  # a straight line is its own chord
        ((0.1, 0.2, 0.4, 0.8), 0.6, 0.75),  # nothing was tried behind the last interval
        ((0.1, 0.2, 0.4, 0.8), 0.9, 1.0),
        ((0.4, 0.5, 0.55, 0.6), 0.2, 0.0),  # concave from the start
        ((0.1, 0.3, 0.4, 0.45), 0.2, 0.25),  # slower behind the interval
        ((0.1, 0.15, 0.25, 0.5), 0.12, 0.25),  # faster before it
    ],
)
def test_the_limit_rises_between_rungs_only_where_the_curve_bends_upwards(
    damage: tuple[float, ...], tolerance: float, share: float
) -> None:
    assert limit(curve(*damage), tolerance) == pytest.approx(share)


def test_noise_lowers_the_limit_below_the_crossing_of_the_means() -> None:
    assert 0.3 < limit(curve(0.1, 0.2, 0.4, 0.8, noise=0.05), 0.3) < 0.61


def test_a_concave_bend_within_the_noise_counts_as_straight() -> None:
    slight = curve(0.1, 0.2, 0.4, 0.59, noise=0.1)
    assert 0.5 < limit(slight, 0.35) < 0.75
    assert limit(curve(0.1, 0.2, 0.4, 0.59), 0.35) == 0.5


def test_a_collapse_ends_the_limit_at_the_rung_before() -> None:
    broken = curve(0.1, 0.2, 0.4, 0.8)
    broken[2, 3] = np.inf
    assert limit(broken, 0.3) == 0.5


def test_two_rungs_show_no_bend() -> None:
    damage = np.array([[0.0, 0.4]] * 5)
    assert safe_up_to(damage, check_rungs(damage[:, 1:] - 0.2), (0.0, 1.0), 0.2) == 0.0


def test_many_studies_are_judged_as_each_by_itself() -> None:
    studies = np.array([0, 0.1, 0.2, 0.4, 0.8]) + 0.1 * generator(4).standard_normal((5, 6, 5)) * [0, 1, 1, 1, 1]
    together = safe_up_to(studies, check_rungs(studies[..., 1:] - 0.3), SHARES, 0.3)
    assert together == pytest.approx([limit(each, 0.3) for each in studies])
