import numpy as np
import pytest

from outcross.assets.metrics.registry import ENDPOINTS
from outcross.assets.verdict.bootstrap import replicates_needed, resample
from outcross.assets.verdict.degradation import Degradations, degradations
from tests.assets.verdict.studies import gaussian_mean_limit, gaussian_mean_study, ladder, noisy

SHARES = (0.2, 0.5, 0.8)


def paired(low: float, middle: float, high: float, *, noise: float, replicates: int, seed: int = 1) -> Degradations:
    study = noisy(dict(zip(SHARES, (low, middle, high), strict=True)), noise=noise, replicates=replicates, seed=seed)
    return degradations(study, ladder(*SHARES), ENDPOINTS["frechet"])


def test_nineteen_limits_in_twenty_lie_below_the_truth() -> None:
    shares = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85)
    truth = gaussian_mean_limit(0.5)
    below = 0
    for study in range(200):
        found = gaussian_mean_study(shares, replicates=10, dimensions=20, generations=12, seed=study)
        below += resample(found, shares, 0.5, seed=study).lower_limit <= truth
    assert 0.9 <= below / 200 <= 1.0


def test_limits_are_not_safe_by_saying_nothing() -> None:
    shares = (0.1, 0.25, 0.4, 0.55, 0.7, 0.85)
    studies = [gaussian_mean_study(shares, replicates=10, dimensions=200, generations=12, seed=s) for s in range(20)]
    limits = [resample(study, shares, 0.5, seed=1).lower_limit for study in studies]
    assert np.median(limits) > 0.8 * gaussian_mean_limit(0.5)


def test_more_replicates_like_these_narrow_the_limit() -> None:
    few = paired(0.0, 0.15, 0.9, noise=0.3, replicates=6)
    limits = [resample(few, SHARES, 0.25, seed=1, size=size).lower_limit for size in (3, 6, 24, 200)]
    assert limits == sorted(limits) and limits[-1] > limits[0] + 0.1


def test_the_band_of_few_replicates_is_as_wide_as_students_interval() -> None:
    student = 2.1318  # upper 5 % point at 4 degrees of freedom; plain percentiles would come out a third narrower
    widths = []
    for seed in range(20):
        few = paired(0.0, 1.0, 2.0, noise=0.1, replicates=5, seed=seed)
        lower, upper = resample(few, SHARES, 0.25, seed=seed).band()
        widths.append((upper - lower) / (2 * student * few.relative.std(axis=0, ddof=1) / np.sqrt(5)))
    assert np.mean(widths, axis=0) == pytest.approx([1.0, 1.0, 1.0], abs=0.06)


def test_the_number_needed_decides_and_one_fewer_does_not() -> None:
    few = paired(0.0, 0.1, 0.3, noise=0.3, replicates=6, seed=4)
    needed = replicates_needed(few, SHARES, 0.25, point=0.7, seed=5)
    assert needed is not None and 6 < needed < 200
    assert resample(few, SHARES, 0.25, seed=5, size=needed).decides(0.7)
    assert not resample(few, SHARES, 0.25, seed=5, size=needed - 1).decides(0.7)


def test_no_number_is_needed_where_none_would_do() -> None:
    even = paired(0.0, 0.1, 0.25, noise=0.3, replicates=10)
    on_the_tolerance = Degradations(
        even.replicates, even.change + 2 * (0.25 - even.relative.mean(0)), even.base, even.first
    )
    assert replicates_needed(on_the_tolerance, SHARES, 0.25, point=0.8, seed=1) is None


def test_a_study_past_the_most_that_is_searched_needs_no_number() -> None:
    large = paired(0.0, 0.24, 0.26, noise=9.0, replicates=1000)
    assert replicates_needed(large, SHARES, 0.25, point=0.7, seed=1) is None


def test_a_resample_that_starts_at_zero_counts_as_the_worst() -> None:
    first = np.array([0.0, 0.0, 0.5])
    last = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [0.5, 0.45, 0.1]])
    found = resample(Degradations((0, 1, 2), first[:, None] - last, first, first), SHARES, 0.25, seed=1)
    assert not np.isnan(found.curves).any()
    assert np.isinf(found.curves).all(axis=1).mean() == pytest.approx((2 / 3) ** 3, abs=0.03)
    assert found.lower_limit == 0.0


def test_the_same_seed_gives_the_same_resamples() -> None:
    study = paired(0.0, 0.15, 0.9, noise=0.3, replicates=6)
    first, again, other = (resample(study, SHARES, 0.25, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first.curves, again.curves)
    assert not np.array_equal(first.curves, other.curves)


@pytest.mark.parametrize(("above", "by_hand"), [(0.5, 13), (0.35, 24), (1.0, 5)])
def test_the_number_needed_after_three_replicates_is_that_of_students_interval_of_the_planned_size(
    above: float, by_hand: int
) -> None:
    """The smallest N with t(0.95; N − 1) · s ÷ √N ≤ mean − tolerance, for s = 1."""
    last = np.array([0.25 + above + change for change in (-1.0, 0.0, 1.0)])
    three = Degradations((0, 1, 2), np.stack([np.zeros(3), last], axis=1), np.ones(3), np.ones(3))
    found = replicates_needed(three, (0.2, 0.8), 0.25, point=0.2, seed=1)
    assert found == pytest.approx(by_hand, abs=1 + by_hand / 12)
