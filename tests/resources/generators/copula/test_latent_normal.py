"""The latent normal of a copula, against integrals and SciPy's multivariate normal."""

from itertools import pairwise

import numpy as np
import pytest

from outcross.resources.generators.copula.latent_normal import (
    CORRELATION_LIMIT,
    HERMITE_TERMS,
    LEAST_EIGENVALUE,
    cut_points,
    hermite_coefficients,
    log_box_probability,
    make_positive_definite,
    match_correlation,
    normal_scores,
)

MASS = np.array([2.0, 1.0, 4.0, 1.0])


def test_cells_are_intervals_of_the_normal_with_their_masses_and_means() -> None:
    from scipy.integrate import quad
    from scipy.stats import norm

    cuts = cut_points(MASS)
    assert cuts[0] == -np.inf and cuts[-1] == np.inf
    assert np.diff(norm.cdf(cuts)) == pytest.approx(MASS / 8)
    scores = normal_scores(cuts, MASS / 8)
    means = [
        quad(lambda z: z * norm.pdf(z), *ends)[0] * 8 / mass
        for ends, mass in zip(np.stack([cuts[:-1], cuts[1:]], axis=1), MASS, strict=True)
    ]
    assert scores == pytest.approx(means)
    assert cut_points(np.array([3.0])).tolist() == [-np.inf, np.inf]


def test_coefficients_are_the_integrals_of_the_steps_with_hermite_polynomials() -> None:
    from scipy.integrate import quad
    from scipy.special import eval_hermitenorm, gammaln
    from scipy.stats import norm

    cuts, scores = cut_points(MASS), np.array([-1.0, 0.5, 0.0, 3.0])
    found = hermite_coefficients(cuts, scores)
    assert len(found) == HERMITE_TERMS
    for degree in (1, 2, 3, 7):
        scale = np.exp(-0.5 * gammaln(degree + 1))

        def weighed(z: float, degree: int = degree, scale: float = scale) -> float:
            return float(eval_hermitenorm(degree, z) * scale * norm.pdf(z))

        parts = [quad(weighed, max(low, -30), min(high, 30))[0] for low, high in pairwise(cuts)]
        assert found[degree - 1] == pytest.approx(scores @ parts, abs=1e-8)


def product_of_scores(cuts: np.ndarray, scores: np.ndarray, rho: float) -> float:
    """The mean product of the scores of two normals with this correlation, box by box."""
    from scipy.stats import multivariate_normal

    normal = multivariate_normal([0, 0], [[1, rho], [rho, 1]])
    ends = np.clip(cuts, -9, 9)
    cdf = np.array([[normal.cdf([x, y]) for y in ends] for x in ends])
    boxes = np.diff(np.diff(cdf, axis=0), axis=1)
    return float(scores @ boxes @ scores)


@pytest.mark.parametrize("rho", [-0.9, -0.3, 0.0, 0.5, 0.95])
def test_the_latent_correlation_is_that_under_which_the_scores_have_their_mean_product(rho: float) -> None:
    cuts = cut_points(MASS)
    scores = normal_scores(cuts, MASS / 8)
    moment = product_of_scores(cuts, scores, rho)
    moments = np.array([[1.0, moment, 0.3], [moment, 1.0, 0.3], [0.3, 0.3, 1.0]])
    coefficients = np.stack([hermite_coefficients(cuts, scores)] * 2 + [np.zeros(HERMITE_TERMS)])
    found = match_correlation(moments, coefficients)
    assert found[0, 1] == found[1, 0] == pytest.approx(rho, abs=0.01)
    assert np.diagonal(found).tolist() == [1.0] * 3
    assert found[:2, 2].tolist() == found[2, :2].tolist() == [0.0, 0.0], "a column with one cell tells nothing"


@pytest.mark.parametrize(("moment", "limit"), [(5.0, CORRELATION_LIMIT), (-5.0, -CORRELATION_LIMIT)])
def test_a_correlation_that_no_normal_has_is_the_largest_one_allowed(moment: float, limit: float) -> None:
    cuts = cut_points(MASS)
    coefficients = np.stack([hermite_coefficients(cuts, normal_scores(cuts, MASS / 8))] * 2)
    assert match_correlation(np.full((2, 2), moment), coefficients)[0, 1] == pytest.approx(limit)


def test_correlations_that_are_not_consistent_are_lifted_and_others_are_kept() -> None:
    sound = np.array([[1.0, 0.5], [0.5, 1.0]])
    assert make_positive_definite(sound) == pytest.approx(sound)
    torn = np.array([[1.0, 0.9, -0.9], [0.9, 1.0, 0.9], [-0.9, 0.9, 1.0]])
    found = make_positive_definite(torn)
    values, vectors = np.linalg.eigh(torn)
    assert values[0] < 0
    lifted = sum(max(value, LEAST_EIGENVALUE) * np.outer(v, v) for value, v in zip(values, vectors.T, strict=True))
    root = np.sqrt(np.diag(lifted))
    assert found == pytest.approx(lifted / np.outer(root, root))
    assert np.diagonal(found) == pytest.approx([1.0] * 3)


BOXES = {
    "around zero": ([-1.0, -0.5, -2.0], [0.5, 1.5, 1.0]),
    "open": ([-np.inf, 0.3, -np.inf], [0.0, np.inf, np.inf]),
    "far above": ([2.0, 1.0, 2.5], [np.inf, np.inf, 4.0]),
    "far below": ([-np.inf, -4.0, -3.0], [-2.0, -1.0, -2.0]),
}


@pytest.mark.parametrize("name", BOXES)
def test_the_probability_of_a_box_is_that_of_the_normal(name: str) -> None:
    from scipy.stats import multivariate_normal

    correlation = np.array([[1.0, 0.6, 0.2], [0.6, 1.0, -0.4], [0.2, -0.4, 1.0]])
    lower, upper = (np.array(side) for side in BOXES[name])
    normal = multivariate_normal(np.zeros(3), correlation, abseps=1e-9, releps=1e-6, maxpts=200_000)
    expected = normal.cdf(np.minimum(upper, 9), lower_limit=np.maximum(lower, -9))
    found = log_box_probability(lower[None], upper[None], correlation, draws=4_000, random=np.random.default_rng(1))
    assert np.exp(found[0]) == pytest.approx(expected, rel=0.05)


def test_without_correlation_it_is_exact_in_the_upper_tail_too() -> None:
    from scipy.stats import norm

    lower, upper = np.array([[9.0, -1.0], [-9.5, 8.0]]), np.array([[9.5, 1.0], [-9.0, np.inf]])
    found = log_box_probability(lower, upper, np.eye(2), draws=1, random=np.random.default_rng(1))
    tail = norm.logsf(9.0) + np.log1p(-norm.sf(9.5) / norm.sf(9.0))
    assert found == pytest.approx([tail + np.log(norm.cdf(1) - norm.cdf(-1)), tail + norm.logsf(8.0)])
