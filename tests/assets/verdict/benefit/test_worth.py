"""What a synthetic row is worth in real rows, on curves whose answer is known."""

import numpy as np
import pytest

from outcross.assets.verdict.benefit.worth import CURVE, find_worth
from outcross.resources.errors import BadInput


def errors(exponent: float, floor: float, rows: float, *, replicates: int = 8, noise: float = 0.0) -> np.ndarray:
    """Errors of a learner with so many times the real rows."""
    drawn = np.random.default_rng(int(rows * 1000)).standard_normal(replicates)
    return floor + 2 * rows**-exponent * (1 + noise * drawn)


def learned(exponent: float, floor: float, **noise: float) -> np.ndarray:
    return np.stack([errors(exponent, floor, part, **noise) for part in CURVE], axis=1)


@pytest.mark.parametrize("exponent", [0.3, 0.5, 1.0])
@pytest.mark.parametrize("floor", [0.0, 7.0, -4.0])
@pytest.mark.parametrize("worth", [1.0, 0.4, 0.0, -0.5])
def test_a_mix_as_good_as_so_many_real_rows_has_that_worth(exponent: float, floor: float, worth: float) -> None:
    mix = errors(exponent, floor, 1 + worth * 0.5)
    found = find_worth(mix, learned(exponent, floor), real=1, synthetic=0.5)
    assert found.worth == pytest.approx(worth, abs=1e-6)
    # Replicates that do not vary leave nothing else open.
    assert [found.lower, found.upper] == pytest.approx([worth, worth], abs=1e-6)


def test_rows_in_place_of_real_ones_are_worth_what_they_replace() -> None:
    found = find_worth(errors(1.0, 1.0, 0.6 + 0.25 * 0.4), learned(1.0, 1.0), real=0.6, synthetic=0.4)
    assert found.worth == pytest.approx(0.25, abs=1e-6)


def test_the_interval_holds_the_estimate_and_narrows_with_replicates() -> None:
    def interval(replicates: int) -> tuple[float, float]:
        mix = errors(1.0, 0.0, 1.2, replicates=replicates, noise=0.05)
        found = find_worth(mix, learned(1.0, 0.0, replicates=replicates, noise=0.05), real=1, synthetic=0.4)
        assert found.worth is not None and found.lower is not None and found.upper is not None
        assert found.lower < found.worth < found.upper
        return found.lower, found.upper

    few, many = interval(8), interval(64)
    assert many[1] - many[0] < 0.6 * (few[1] - few[0])


def test_a_side_that_the_replicates_leave_open_is_null() -> None:
    below = np.full(6, -9.0) + 0.01 * np.arange(6)
    found = find_worth(below, learned(1.0, 0.0, replicates=6, noise=0.2), real=1, synthetic=0.5)
    assert found.worth is None and found.upper is None


def test_replicates_that_share_deterministic_curves_still_give_an_interval() -> None:
    mix = errors(0.55, 1.0, 1.2, noise=0.02)
    found = find_worth(mix, learned(0.55, 1.0), real=1, synthetic=0.5)
    assert found.worth is not None and found.lower is not None and found.upper is not None
    assert found.lower < found.worth < found.upper < 1 and 0.2 < found.worth < 0.6


def test_a_curve_that_does_not_fall_gives_no_worth() -> None:
    flat = np.random.default_rng(1).standard_normal((5, 3))
    flat -= flat.mean(axis=0)
    assert find_worth(flat[:, 0], flat, real=1, synthetic=0.5).worth is None


def test_an_error_without_a_finite_value_gives_no_worth() -> None:
    found = find_worth(np.array([1.0, np.inf, 1.0]), learned(1.0, 0.0, replicates=3), real=1, synthetic=0.5)
    assert (found.worth, found.lower, found.upper) == (None, None, None)


@pytest.mark.parametrize(("replicates", "synthetic"), [(2, 0.5), (8, 0.0)])
def test_what_has_no_worth_is_refused(replicates: int, synthetic: float) -> None:
    with pytest.raises(BadInput, match="needs 3 replicates and synthetic rows"):
        find_worth(np.ones(replicates), np.ones((replicates, 3)), real=1, synthetic=synthetic)
