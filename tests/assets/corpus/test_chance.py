"""Each limit of chance is the one that its inequality gives, solved back for the probability, or a value by hand."""

import math

import numpy as np
import pytest

from outcross.assets.corpus.guards import chance

RARELY = 1e-4


@pytest.mark.parametrize(("rows", "anchor", "both"), [(100, 400, 80), (400, 100, 80), (0, 0, 0.5), (1, 10**12, 1)])
def test_two_samples_are_as_good_as_one_of_their_harmonic_size(rows: int, anchor: int, both: float) -> None:
    assert chance.both_rows(rows, anchor) == pytest.approx(both)


@pytest.mark.parametrize(("hits", "of", "rows"), [(30, 100, 50), (1, 1000, 200), (999, 1000, 200), (500, 1000, 10**5)])
def test_a_share_is_left_with_the_stated_probability_and_no_less(hits: int, of: int, rows: int) -> None:
    from scipy.stats import beta, binom

    low, high = (float(each) for each in chance.share_range(np.array(hits), of, rows))
    least, most = beta.ppf(RARELY, hits, of - hits + 1), beta.ppf(1 - RARELY, hits + 1, of - hits)
    below, above = round(low * rows), round(high * rows)
    assert binom.cdf(below - 1, rows, least) < RARELY <= binom.cdf(below, rows, least)
    assert binom.sf(above, rows, most) <= RARELY < binom.sf(above - 1, rows, most)


@pytest.mark.parametrize(
    ("hits", "of", "rows", "low", "high"),
    [
        (0, 100, 50, 0.0, None),
        (100, 100, 50, None, 1.0),
        (30, 100, 0, 0.0, 1.0),
        (1, 1, 1, 0.0, 1.0),
        (0, 1, 1, 0.0, 1.0),
    ],
)
def test_a_share_of_none_or_all_is_open_on_its_side(
    hits: int, of: int, rows: int, low: float | None, high: float | None
) -> None:
    found = [float(each) for each in chance.share_range(np.array(hits), of, rows)]
    for value, expected in zip(found, (low, high), strict=True):
        assert 0 < value < 1 if expected is None else value == expected


def test_a_level_that_is_new_is_as_likely_as_those_seen_once() -> None:
    assert chance.unseen_range(3, 100, 50) == float(chance.share_range(np.array(3), 100, 50)[1])
    assert chance.unseen_range(300, 100, 50) == 1.0


def test_the_limits_of_distances_solve_their_inequalities() -> None:
    both = chance.both_rows(50, 200)
    assert 2 * math.exp(-2 * both * chance.kolmogorov_limit(50, 200) ** 2) == pytest.approx(RARELY)
    shares = np.array([0.5, 0.25, 0.25])
    mean = 0.5 * (math.sqrt(0.25 / both) + 2 * math.sqrt(0.1875 / both))
    beyond = chance.variation_limit(shares, 50, 200) - mean
    assert math.exp(-2 * both * beyond**2) == pytest.approx(RARELY)


def test_the_limit_of_clustered_words_has_the_lengths_of_rows() -> None:
    both = chance.both_rows(50, 200)
    found = chance.clustered_variation_limit(np.array([4.0, 9.0]), 10.0, 130.0, 50, 200)
    beyond = found - 0.5 * (2 + 3) / math.sqrt(both) / 10
    assert math.exp(-2 * both * beyond**2 * 10**2 / 130) == pytest.approx(RARELY)
    assert math.isfinite(chance.clustered_variation_limit(np.zeros(1), 0.0, 0.0, 50, 200))


def test_means_reach_as_far_as_bernsteins_inequality_allows() -> None:
    both = chance.both_rows(50, 200)
    assert chance.mean_reach(0.0, 3.0, 50, 200) == pytest.approx(2 * 3 * math.log(1e4) / (3 * both))
    assert chance.mean_reach(2.0, 0.0, 50, 200) == pytest.approx(math.sqrt(2 * 2 * math.log(1e4) / both))


def test_entropy_falls_by_the_second_order_of_its_shares() -> None:
    assert chance.entropy_loss(0, 50) == 0.0
    # χ² with 2 degrees of freedom: its quantile is −2 ln p
    assert chance.entropy_loss(2, 50) == pytest.approx((-2 * math.log(RARELY) - 2) / 100)
    assert chance.entropy_loss(2, 0) == pytest.approx((-2 * math.log(RARELY) - 2) / 2)


def test_rare_events_are_at_most_so_many() -> None:
    from scipy.stats import poisson

    most = chance.most_events(4.0)
    assert poisson.sf(most, 4.0) <= RARELY < poisson.sf(most - 1, 4.0)
    assert chance.most_events(0.0) == 0.0


def test_areas_and_correlations_are_normal_beyond_their_mean() -> None:
    from scipy.stats import norm

    deviation = math.sqrt((100 + 300 + 2) / (12 * 100 * 300))
    assert norm.sf((chance.area_limit(100, 300) - 0.5) / deviation) == pytest.approx(RARELY, rel=1e-5)
    assert chance.area_limit(1, 1) == 1.0
    assert 0.5 < chance.area_limit(0, 10**6) <= 1.0
    for pairs in (1, 10):
        deviation = math.sqrt(1.1 / chance.both_rows(1000, 3000))
        found = norm.sf(chance.correlation_limit(pairs, 1000, 3000) / deviation) * 2 * pairs
        assert found == pytest.approx(RARELY)
    assert chance.correlation_limit(0, 1000, 3000) == chance.correlation_limit(1, 1000, 3000)
    assert chance.correlation_limit(1, 1, 1) == 2.0
