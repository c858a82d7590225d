import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.isotonic import IsotonicRegression  # noqa: TID253 - the oracle of this file

from outcross.assets.verdict.dose_response import Ladder, isotonic, safe_shares
from outcross.resources.errors import BadInput

CURVE = st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12)


def fit(*values: float) -> list[float]:
    return isotonic(np.array([values]))[0].tolist()


def crossing(shares: list[float], fitted: list[float], tolerance: float) -> float:
    return float(safe_shares(np.array(shares), np.array([fitted]), tolerance)[0])


@pytest.mark.parametrize(
    ("values", "fitted"),
    [
        ((1, 2, 3), (1, 2, 3)),
        ((3, 2, 1), (2, 2, 2)),
        ((1, 3, 2), (1, 2.5, 2.5)),
        ((4, 1, 1, 6), (2, 2, 2, 6)),
        ((0, 5, 1, 0, 9, 7), (0, 2, 2, 2, 8, 8)),
        ((-1, -3, 0), (-2, -2, 0)),
    ],
)
def test_neighbours_that_fall_are_pooled_at_their_mean(values: tuple[float, ...], fitted: tuple[float, ...]) -> None:
    assert fit(*values) == pytest.approx(fitted)


@given(CURVE)
def test_the_fit_is_that_of_scikit_learn(values: list[float]) -> None:
    oracle = IsotonicRegression().fit_transform(np.arange(len(values)), values)
    assert fit(*values) == pytest.approx(oracle, rel=1e-9, abs=1e-8)


@given(CURVE)
def test_the_fit_rises_and_keeps_the_mean(values: list[float]) -> None:
    fitted = fit(*values)
    assert all(later >= earlier for earlier, later in pairwise(fitted))
    assert np.mean(fitted) == pytest.approx(np.mean(values), abs=1e-8)


def test_rows_are_fitted_apart() -> None:
    rows = np.array([[3.0, 1.0, 2.0], [0.0, 1.0, 2.0], [math.inf, 0.0, 0.0]])
    assert isotonic(rows).tolist() == [isotonic(row[None])[0].tolist() for row in rows]


@pytest.mark.parametrize(
    ("values", "fitted"),
    [
        ((1, 2, math.inf), (1, 2, math.inf)),
        ((1, math.inf, 0), (1, math.inf, math.inf)),
        ((3, 1, math.inf, 0, math.inf), (2, 2, math.inf, math.inf, math.inf)),
        ((math.inf, 0), (math.inf, math.inf)),
    ],
)
def test_a_collapse_stays_above_and_leaves_the_rungs_below_alone(
    values: tuple[float, ...], fitted: tuple[float, ...]
) -> None:
    assert fit(*values) == pytest.approx(fitted)


@pytest.mark.parametrize(
    ("fitted", "share"),
    [
        ([0.0, 0.1, 0.2], 0.55),  # a quarter of the way from .5 to .7
        ([0.0, 0.0, 0.5], 0.55),
        ([0.125, 0.125, 0.125], 0.7),  # on the tolerance is within it
        ([0.0, 0.1, 0.125], 0.7),
        ([0.0, 0.25, 0.25], 0.3),
        ([0.126, 0.2, 0.3], 0.0),
        ([-9.0, 0.1, 0.1], 0.7),
        ([0.0, 0.1, math.inf], 0.5),
        ([0.0, math.inf, math.inf], 0.1),
        ([math.inf, math.inf, math.inf], 0.0),
    ],
)
def test_the_safe_share_is_where_the_curve_leaves_the_tolerance(fitted: list[float], share: float) -> None:
    assert crossing([0.1, 0.5, 0.7], fitted, 0.125) == pytest.approx(share)


@given(CURVE, st.floats(0.01, 0.99))
def test_the_curve_at_a_crossing_is_the_tolerance(values: list[float], height: float) -> None:
    fitted = fit(*values)
    shares = np.linspace(0.1, 0.9, len(fitted))
    tolerance = fitted[0] + height * (fitted[-1] - fitted[0])
    if fitted[-1] - tolerance > 1e-3:
        share = crossing(shares.tolist(), fitted, tolerance)
        slope = max(np.diff(fitted)) / (shares[1] - shares[0])
        assert np.interp(share, shares, fitted) == pytest.approx(tolerance, abs=1e-12 * slope + 1e-9)


def test_a_ladder_is_read_in_order_of_share() -> None:
    ladder = Ladder("substitution", "fixed", ((0.9, "a"), (0.0, "z"), (0.5, "m")))
    assert (ladder.shares, ladder.arms) == ((0.0, 0.5, 0.9), ("z", "m", "a"))


@pytest.mark.parametrize(
    ("rungs", "wrong"),
    [
        ((), r"0 distinct share\(s\); give it two"),
        (((0.5, "a"), (0.5, "b")), r"1 distinct share\(s\)"),
        (((0.1, "a"), (0.5, "b"), (0.5, "c")), "a share or an arm is there twice"),
        (((0.1, "a"), (0.5, "a")), "a share or an arm is there twice"),
        (((0.1, "a"), (1.5, "b")), r"leave 0\.\.1"),
        (((-0.1, "a"), (0.5, "b")), r"leave 0\.\.1"),
        (((0.1, "a"), (0.5, "b")), "it has no share 0, real rows alone"),
    ],
)
def test_rungs_that_are_no_ladder_are_refused(rungs: tuple[tuple[float, str], ...], wrong: str) -> None:
    with pytest.raises(BadInput, match=rf"ladder 'substitution': .*{wrong}"):
        Ladder("substitution", "fixed", rungs)
