"""Exact values agree with every published number, with their limits, and with independent derivations."""

import itertools
import math

import numpy as np
import pytest

from outcross.jobs.acceptance.theory import (
    categorical,
    curation,
    gaussian_chain,
    gaussian_moments,
    golden_ratio,
    mean_estimation,
    regression,
    strong_collapse,
    text,
    uniform,
    verification,
)

LONG = 5000


# A1, A9, A10: the mean of a normal distribution


@pytest.mark.parametrize(("tolerance", "share"), [(0.10, 0.3015), (0.25, 0.4472), (0.50, 0.5774), (1.0, 0.7071)])
def test_the_safe_share_is_the_published_one_and_the_limit_over_generations(tolerance: float, share: float) -> None:
    assert mean_estimation.safe_share(tolerance) == pytest.approx(share, abs=5e-5)
    assert mean_estimation.safe_share(tolerance, generation=200) == pytest.approx(share, abs=5e-5)
    few = mean_estimation.safe_share(tolerance, generation=3)
    assert few > share
    assert mean_estimation.fresh_risk(share=few, generation=3).mean == pytest.approx(1 + tolerance)


def test_a_share_of_one_is_safe_where_even_replace_stays_within_the_tolerance() -> None:
    assert mean_estimation.safe_share(2.0, generation=3) == 1.0
    assert mean_estimation.fresh_risk(share=1.0, generation=3).mean == 3.0


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_fresh_and_fixed_risks_reach_their_limits(share: float) -> None:
    closed = (1 - share**10) / (1 - share**2)
    assert mean_estimation.fresh_risk(share=share, generation=5).mean == pytest.approx(closed)
    limit = mean_estimation.fresh_risk(share=share, generation=LONG).mean
    assert limit == pytest.approx(mean_estimation.fresh_risk_limit(share))
    limit = mean_estimation.fixed_risk(share=share, generation=LONG).mean
    assert limit == pytest.approx(mean_estimation.fixed_risk_limit(share))
    assert mean_estimation.fixed_risk(share=share, generation=1).mean == pytest.approx(1.0)


def test_effective_rows_are_the_published_ones() -> None:
    assert mean_estimation.fresh_effective_ratio(0.9) == pytest.approx(1.9)
    assert mean_estimation.fixed_effective_ratio(0.9) == pytest.approx(0.679, abs=5e-4)
    assert all(mean_estimation.fixed_effective_ratio(share) < 1 for share in (0.01, 0.5, 0.99))


def test_sampling_bias_shrinks_the_variance_as_published() -> None:
    assert gaussian_chain.biased_variance(bias=0.8, rows=10, generation=11).mean == pytest.approx(0.10737, abs=5e-6)
    assert gaussian_chain.biased_variance(bias=0.8, rows=10, generation=1).mean == pytest.approx(1.0)


@pytest.mark.parametrize(("ratio", "weight"), [(1.0, 0.618), (3.0, 0.434)])
def test_the_best_weight_is_the_golden_ratio_and_minimises_the_risk(ratio: float, weight: float) -> None:
    best = golden_ratio.best_weight(ratio)
    assert best == pytest.approx(weight, abs=5e-4)
    assert golden_ratio.weighted_risk_limit(weight=best, ratio=ratio) == pytest.approx(best)
    for other in (best - 0.01, best + 0.01):
        assert golden_ratio.weighted_risk_limit(weight=other, ratio=ratio) > best


@pytest.mark.parametrize("fresh", [True, False])
def test_a_weighted_risk_reaches_its_limit(fresh: bool) -> None:
    settings = {"weight": 0.4, "ratio": 2.0, "fresh": fresh}
    far = golden_ratio.weighted_risk(**settings, generation=LONG).mean
    assert far == pytest.approx(golden_ratio.weighted_risk_limit(**settings))
    assert golden_ratio.weighted_risk(**settings, generation=1).mean == pytest.approx(1.0)


# A2 and A14: regression


def test_relabelled_regression_has_the_published_risk() -> None:
    settings = {"rows": 50, "dimensions": 10, "noise": 1.0}
    first = regression.first_risk(**settings)
    assert first == pytest.approx(10 / 39)
    at_ten = {policy: regression.relabelled_risk(policy, **settings, generation=10).mean for policy in POLICIES}
    assert at_ten["replace"] / first == pytest.approx(10)
    assert at_ten["accumulate"] / first == pytest.approx(1.5498, abs=5e-5)
    fresh = regression.fresh_features_risk("accumulate", **settings, generation=10)
    assert fresh / first == pytest.approx(
        1.471, abs=0.006
    )  # the published value is simulated; the formula gives 1.4662


POLICIES = ("replace", "accumulate")


def test_regression_on_accumulated_labels_stays_bounded() -> None:
    settings = {"rows": 50, "dimensions": 10, "noise": 1.0}
    far = regression.relabelled_risk("accumulate", **settings, generation=LONG).mean
    assert far == pytest.approx(regression.relabelled_limit(**settings), rel=2e-4)
    far = regression.fresh_features_risk("accumulate", **settings, generation=LONG)
    assert far == pytest.approx(regression.fresh_features_limit(**settings), rel=2e-4)


def test_the_variance_of_a_regression_error_agrees_with_simulated_fits() -> None:
    """Compared with 20,000 fits of one generation."""
    random, rows, dimensions = np.random.default_rng(1), 20, 3
    features = random.standard_normal((20_000, rows, dimensions))
    noise = random.standard_normal((20_000, rows, 1))
    fitted = np.linalg.solve(features.transpose(0, 2, 1) @ features, features.transpose(0, 2, 1) @ noise)
    errors = (fitted**2).sum(axis=(1, 2))
    law = regression.relabelled_risk("replace", rows=rows, dimensions=dimensions, noise=1.0, generation=1)
    assert errors.mean() == pytest.approx(law.mean, abs=4 * law.standard_error(len(errors)))
    assert errors.var() == pytest.approx(law.variance, rel=0.1)


@pytest.mark.parametrize(("rows", "published"), [(1000, 0.01358), (100_000, 0.01004)])
def test_strong_collapse_has_the_published_risk(rows: int, published: float) -> None:
    settings = {"rows": rows, "dimensions": 10, "noise": 0.5, "share": 0.1, "distance": 1.0}
    assert strong_collapse.many_rows_risk(**settings) == pytest.approx(published, abs=5e-6)
    for counts in ("exact", "random"):
        exact = strong_collapse.mixed_labels_risk(**settings, counts=counts)
        expanded = strong_collapse.many_rows_risk(**settings, counts=counts)
        assert exact == pytest.approx(expanded, rel=30 / rows)


def test_strong_collapse_with_few_rows_agrees_with_simulated_fits() -> None:
    """Compared with 20,000 fits of 30 rows each, 6 of which another labeller labelled."""
    random, rows, dimensions, wrong = np.random.default_rng(2), 30, 4, 6
    features = random.standard_normal((20_000, rows, dimensions))
    labels = 0.5 * random.standard_normal((20_000, rows, 1))
    labels[:, :wrong] += features[:, :wrong, :1]
    fitted = np.linalg.solve(features.transpose(0, 2, 1) @ features, features.transpose(0, 2, 1) @ labels)
    errors = (fitted**2).sum(axis=(1, 2))
    exact = strong_collapse.mixed_labels_risk(rows=rows, dimensions=dimensions, noise=0.5, share=0.2, distance=1.0)
    assert errors.mean() == pytest.approx(exact, abs=4 * errors.std() / math.sqrt(len(errors)))


# A3–A6: a Gaussian on its own samples


@pytest.mark.parametrize(
    ("generation", "replace", "subsample", "accumulate"),
    [(2, 0.810, 0.8313, 0.8775), (10, 0.3487, 0.7598, 0.8515), (60, 0.0018, 0.7425, 0.8448)],
)
def test_fitted_variances_are_the_published_ones(
    generation: int, replace: float, subsample: float, accumulate: float
) -> None:
    of = {policy: gaussian_moments.fitted_variance(policy, rows=10, generation=generation).mean for policy in POLICIES}
    assert of["replace"] == pytest.approx(replace, abs=5e-5)
    assert of["accumulate"] == pytest.approx(accumulate, abs=5e-5)
    assert gaussian_moments.subsample_moments(rows=10, generation=generation)[0] == pytest.approx(subsample, abs=5e-5)


def test_the_variance_under_accumulate_tends_to_the_sine_formula() -> None:
    assert gaussian_moments.accumulate_limit(10) == pytest.approx(0.84344, abs=5e-6)
    far = gaussian_moments.fitted_variance("accumulate", rows=10, generation=LONG).mean
    assert far == pytest.approx(gaussian_moments.accumulate_limit(10), rel=1e-4)


def test_subsampling_follows_the_published_recursion() -> None:
    rows, a, b = 10, 1 - 1 / 10, 1 - 1 / 10
    for k in range(2, 20):
        v = a * (k - 2) / ((k - 1) * rows - 1)
        a -= (v + b / rows) / k**2
        b = (1 - 1 / rows) * (k * rows / (k * rows - 1)) * a
        assert gaussian_moments.subsample_moments(rows=rows, generation=k)[0] == pytest.approx(b)


@pytest.mark.parametrize("generation", [1, 2, 7, 30])
def test_variance_plus_squared_error_is_conserved_only_with_divisor_m(generation: int) -> None:
    for policy in POLICIES:
        assert gaussian_moments.conserved_sum(policy, rows=10, generation=generation).mean == pytest.approx(1.0)
    assert sum(gaussian_moments.subsample_moments(rows=10, generation=generation)) == pytest.approx(1.0)
    unbiased = gaussian_moments.conserved_sum("replace", rows=10, generation=generation, ddof=1).mean
    assert unbiased == pytest.approx(1 + generation / 10)


@pytest.mark.parametrize("policy", POLICIES)
def test_moments_of_the_gaussian_chain_agree_with_simulated_chains(policy: str) -> None:
    """Compared with 40,000 chains of four fits."""
    random, rows, chains = np.random.default_rng(3), 6, 40_000
    pool = random.standard_normal((chains, rows))
    for _ in range(3):
        mean, deviation = pool.mean(axis=1, keepdims=True), pool.std(axis=1, keepdims=True)
        drawn = mean + deviation * random.standard_normal((chains, rows))
        pool = drawn if policy == "replace" else np.concatenate([pool, drawn], axis=1)
    variance, error = pool.var(axis=1), pool.mean(axis=1) ** 2
    for values, law in (
        (variance, gaussian_moments.fitted_variance(policy, rows=rows, generation=4)),
        (error, gaussian_moments.squared_drift(policy, rows=rows, generation=4)),
        (variance + error, gaussian_moments.conserved_sum(policy, rows=rows, generation=4)),
    ):
        assert values.mean() == pytest.approx(law.mean, abs=4 * law.standard_error(chains))
        assert values.var() == pytest.approx(law.variance, rel=0.2)


@pytest.mark.parametrize(("generation", "published"), [(1, 0.015044), (10, 0.149872), (50, 0.737230)])
def test_the_wasserstein_distance_is_the_published_one(generation: int, published: float) -> None:
    exact = gaussian_chain.wasserstein(rows=100, generation=generation).mean
    assert exact == pytest.approx(published, abs=5e-7)
    closed = generation / 100 + 2 * (1 - gaussian_chain.c4(100) ** generation)
    assert exact == pytest.approx(closed)


def test_the_mean_variance_is_constant_while_its_logarithm_drifts() -> None:
    assert gaussian_chain.power_mean(1.0, rows=100, generation=50) == pytest.approx(1.0)
    drift = gaussian_chain.log_variance(rows=100, generation=50)
    assert drift.mean == pytest.approx(-0.5068, abs=5e-5)
    assert drift.variance == pytest.approx(1.0204, abs=5e-5)
    median = gaussian_chain.median_variance(rows=10, generation=100)
    assert median == pytest.approx(1.0e-5, rel=0.05)
    assert gaussian_chain.variance_probability(median, rows=10, generation=100) == pytest.approx(0.5, abs=1e-6)


def test_the_law_of_the_variance_after_one_fit_is_chi_squared() -> None:
    from scipy.stats import chi2

    for threshold in (0.3, 1.0, 2.0):
        exact = chi2.cdf(9 * threshold, 9)
        assert gaussian_chain.variance_probability(threshold, rows=10, generation=1) == pytest.approx(exact, abs=1e-6)


# A7, A8, A12, A13: categories, words, choices, supports


def test_heterozygosity_agrees_with_an_enumeration_of_all_histories() -> None:
    """Enumerated: three draws from (½, ½), then three draws from the result."""
    mean = square = 0.0
    for first in range(4):
        for second in range(4):
            chance = (
                math.comb(3, first) / 8 * math.comb(3, second) * (first / 3) ** second * (1 - first / 3) ** (3 - second)
            )
            diversity = 1 - (second / 3) ** 2 - (1 - second / 3) ** 2
            mean, square = mean + chance * diversity, square + chance * diversity**2
    law = categorical.heterozygosity((0.5, 0.5), rows=3, generation=2)
    assert law.mean == pytest.approx(mean)
    assert law.mean == pytest.approx((2 / 3) ** 2 * 0.5)
    assert law.variance == pytest.approx(square - mean**2)


def test_accumulated_heterozygosity_is_the_published_one() -> None:
    start = 1 - (0.25 + 0.09 + 0.04)
    kept = categorical.accumulated_heterozygosity((0.5, 0.3, 0.2), rows=20, generation=200) / start
    assert kept == pytest.approx(0.91999, abs=5e-5)


def test_fixation_probabilities_tend_to_the_start_probabilities() -> None:
    probabilities = (0.5, 0.3, 0.2)
    assert categorical.fixation(probabilities, rows=5) == pytest.approx(probabilities)
    assert categorical.fixation(probabilities, rows=5, generation=300) == pytest.approx(probabilities)
    first = categorical.fixation(probabilities, rows=5, generation=1)
    assert first == pytest.approx([each**5 for each in probabilities])


def test_words_die_out_as_a_branching_process() -> None:
    assert [text.growth(k) for k in (1, 2)] == pytest.approx([1.0, 1 - math.exp(-1)])
    counts = text.type_counts(["a", "b", "a", "c", "a", "b"])
    assert sorted(counts) == [1, 2, 3]
    for generation in (1, 2, 5):
        expected = np.mean([1 - math.exp(-count * text.growth(generation)) for count in (1, 2, 3)])
        assert text.survival(counts, generation=generation).mean == pytest.approx(expected)


def test_the_share_of_surviving_words_agrees_with_multinomial_resampling() -> None:
    """Compared with 400 chains of three draws, over 2,000 words with Zipfian counts."""
    random = np.random.default_rng(4)
    counts = np.maximum(1, 3000 // np.arange(1, 2001))
    alive = []
    for _ in range(400):
        state = counts
        for _ in range(3):
            state = random.multinomial(counts.sum(), state / state.sum())
        alive.append((state > 0).mean())
    law = text.survival(counts, generation=3)
    assert np.mean(alive) == pytest.approx(law.mean, abs=4 * law.standard_error(400) + 1e-4)
    assert np.var(alive) < law.variance * 1.2


def test_curation_tends_to_the_states_of_highest_reward() -> None:
    start, rewards = (0.4, 0.3, 0.2, 0.1), (0.0, 1.0, 2.0, 2.0)
    assert curation.curated_limit(start, rewards) == pytest.approx([0, 0, 2 / 3, 1 / 3])
    far = curation.curated_law(start, rewards, choices=2, generation=200)
    assert far == pytest.approx([0, 0, 2 / 3, 1 / 3], abs=1e-6)
    rising = [
        curation.expected_reward(curation.curated_law(start, rewards, choices=2, generation=each).tolist(), rewards)
        for each in range(1, 30)
    ]
    assert rising[0] == pytest.approx(3.43, abs=5e-3)
    assert all(later > earlier for earlier, later in itertools.pairwise(rising))
    assert rising[-1] == pytest.approx(7.39, abs=5e-3)


def test_a_choice_between_two_is_proportional_to_their_strengths() -> None:
    """Enumerated over every pair of candidates."""
    probabilities, rewards = (0.6, 0.3, 0.1), (0.0, 1.0, 3.0)
    expected = np.zeros(3)
    for i, j in itertools.product(range(3), repeat=2):
        strengths = math.exp(rewards[i]), math.exp(rewards[j])
        expected[i] += probabilities[i] * probabilities[j] * strengths[0] / sum(strengths)
        expected[j] += probabilities[i] * probabilities[j] * strengths[1] / sum(strengths)
    assert curation.choice_law(probabilities, rewards, choices=2) == pytest.approx(expected)
    assert curation.choice_law(probabilities, rewards, choices=1) == pytest.approx(probabilities)


def test_the_support_shrinks_to_the_largest_of_m_draws() -> None:
    law = uniform.upper_bound("replace", rows=10, generation=3)
    assert law.mean == pytest.approx((10 / 11) ** 3)
    largest = np.random.default_rng(5).random((50_000, 3, 10)).max(axis=2).prod(axis=1)
    assert largest.mean() == pytest.approx(law.mean, abs=4 * law.standard_error(50_000))
    assert largest.var() == pytest.approx(law.variance, rel=0.05)
    kept = uniform.upper_bound("accumulate", rows=10, generation=3)
    assert kept == uniform.upper_bound("replace", rows=10, generation=1)
    median = uniform.upper_bound_quantile(0.5, rows=10, generation=3)
    assert np.median(largest) == pytest.approx(median, abs=0.005)


# A11: verification


@pytest.mark.parametrize(
    ("right", "wrong", "expected"), [(0.6, 0.75, 0.06), (0.5, 0.9, -0.06), (0.6, 0.4, 0.2), (0.2, 0.8, -0.2)]
)
def test_the_margin_is_positive_exactly_if_most_kept_labels_are_right(
    right: float, wrong: float, expected: float
) -> None:
    settings = {"flipped": 0.4, "keeps_right": right, "keeps_wrong": wrong}
    assert verification.margin(**settings) == pytest.approx(expected)
    share = 0.6 * right / (0.6 * right + 0.4 * wrong)
    assert verification.right_among_kept(**settings) == pytest.approx(share)
    assert (share > 0.5) == (expected > 0)
