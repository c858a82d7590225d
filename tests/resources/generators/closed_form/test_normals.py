"""Normals in a batch: densities, ranks and samples, where columns are constant, dependent or far from zero."""

from typing import Any

import numpy as np
import pytest

from outcross.resources.generators.closed_form import normal
from outcross.resources.generators.closed_form.diagonal_normal import DiagonalNormals
from outcross.resources.generators.closed_form.normal import Normals

EPS = np.finfo(float).eps
MEAN, VARIANCES = np.array([[1.0, -2.0], [3.0, 0.5]]), np.array([[4.0, 0.25], [1.0, 9.0]])
POINTS = np.array([[[1.0, -2.0], [3.5, -1.0], [-4.0, 0.0]]])


def _normal(mean: Any, covariance: Any) -> Any:
    from scipy.stats import multivariate_normal

    return multivariate_normal(mean, covariance)


def both(mean: np.ndarray, variances: np.ndarray) -> list[Normals | DiagonalNormals]:
    """The same normals in both forms: independent columns of these variances, shape (K, d)."""
    return [Normals(mean, np.stack([np.diag(each) for each in variances])), DiagonalNormals(mean, variances)]


@pytest.mark.parametrize("form", [0, 1])
def test_independent_columns_have_the_density_and_the_samples_of_their_variances(form: int) -> None:
    normals = both(MEAN, VARIANCES)[form]
    expected = [-_normal(m, np.diag(v)).logpdf(POINTS[0]) for m, v in zip(MEAN, VARIANCES, strict=True)]
    np.testing.assert_allclose(normals.nats(POINTS), expected, rtol=1e-12)
    np.testing.assert_allclose(normals.scale, np.sqrt(VARIANCES))
    np.testing.assert_array_equal(normals.variances, VARIANCES)
    assert normals.rank.tolist() == [2, 2]
    moved = normals.transform(np.zeros((2, 1, 2)))
    np.testing.assert_allclose(moved[:, 0], MEAN)
    spread = normals.transform(np.broadcast_to(np.eye(2), (2, 2, 2))) - moved
    np.testing.assert_allclose((spread**2).sum(axis=1), VARIANCES)
    np.testing.assert_allclose(normals.take(np.array([1])).nats(POINTS), normals.nats(POINTS)[1:])


@pytest.mark.parametrize("form", [0, 1])
def test_each_normal_may_have_points_of_its_own(form: int) -> None:
    normals = both(MEAN, VARIANCES)[form]
    own = np.concatenate([POINTS, POINTS + 1])
    found = normals.nats(own)
    np.testing.assert_allclose(found[0], normals.nats(own[:1])[0])
    np.testing.assert_allclose(found[1], normals.nats(own[1:])[1])


@pytest.mark.parametrize("form", [0, 1])
@pytest.mark.parametrize("constant", [-7e9, -3.0, 0.0, 1e-5, 7e9])
def test_a_constant_column_scores_nothing_at_its_value_within_rounding_and_infinity_elsewhere(
    form: int, constant: float
) -> None:
    normals = both(np.array([[1.0, constant]]), np.array([[4.0, (2 * EPS * constant) ** 2]]))[form]
    assert normals.rank.tolist() == [1]
    assert normals.scale[0].tolist() == [2.0, 0.0]
    near, far = constant + 12 * EPS * constant, constant + 40 * EPS * abs(constant) + 1e-300
    found = normals.nats(np.array([[[2.0, constant], [2.0, near], [2.0, far], [2.0, 2 * constant - far]]]))[0]
    one = -_normal([1.0], [[4.0]]).logpdf(2.0)
    np.testing.assert_allclose(found, [one, one, np.inf, np.inf])


@pytest.mark.parametrize("form", [0, 1])
def test_a_column_that_varies_beyond_the_rounding_of_its_mean_is_none_that_is_constant(form: int) -> None:
    normals = both(np.array([[1e6, -1e6]]), np.array([[(5 * EPS * 1e6) ** 2, (3.9 * EPS * 1e6) ** 2]]))[form]
    np.testing.assert_allclose(normals.scale[0], [5 * EPS * 1e6, 0.0])


def test_a_dependent_column_leaves_the_density_on_the_plane_in_units_of_the_deviations() -> None:
    # y = 3x: the correlations are all 1, with eigenvalues 2 and 0; one direction, (1, 1)/√2, is left.
    normals = Normals(np.array([[0.0, 0.0]]), np.array([[[4.0, 12.0], [12.0, 36.0]]]))
    assert normals.rank.tolist() == [1]
    on, off = [2.0, 6.0], [2.0, 6.1]
    expected = 0.5 * (np.log(2 * np.pi) + np.log(2.0) + np.sqrt(2) ** 2 / 2) + np.log(2.0) + np.log(6.0)
    np.testing.assert_allclose(normals.nats(np.array([[on, off]]))[0], [expected, np.inf], rtol=1e-12)
    drawn = normals.transform(np.random.default_rng(1).standard_normal((1, 50, 2)))[0]
    assert drawn == pytest.approx(np.stack([drawn[:, 0], 3 * drawn[:, 0]], axis=1), rel=1e-6, abs=1e-6)
    assert drawn[:, 0].std() == pytest.approx(2.0, rel=0.4)


def test_densities_are_the_same_in_batches_of_any_size(monkeypatch: pytest.MonkeyPatch) -> None:
    normals, own = both(np.tile(MEAN, (3, 1)), np.tile(VARIANCES, (3, 1)))[0], np.tile(POINTS, (6, 1, 1))
    at_once, shared = normals.nats(own), normals.nats(POINTS)
    for elements in (1, 12, 24, 30):
        monkeypatch.setattr(normal, "BATCH_ELEMENTS", elements)
        np.testing.assert_array_equal(normals.nats(own), at_once)
        np.testing.assert_array_equal(normals.nats(POINTS), shared)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("below", [0.0, -1e-300, -1e-18])
def test_a_variance_that_rounding_left_at_or_below_zero_is_none_and_no_warning(below: float) -> None:
    normals = Normals(np.array([[1.0, 2.0]]), np.array([np.diag([below, 4.0])]))
    assert normals.scale.tolist() == [[0.0, 2.0]]


def test_columns_of_tiny_and_huge_scales_are_correlated_all_the_same() -> None:
    small, large = 1e-150, 1e150
    normals = Normals(np.zeros((1, 2)), np.array([[[small**2, 0.5 * small * large], [0.5 * small * large, large**2]]]))
    assert normals.rank.tolist() == [2]
    expected = -_normal([0, 0], [[1, 0.5], [0.5, 1]]).logpdf([1.0, -1.0]) + np.log(small) + np.log(large)
    np.testing.assert_allclose(normals.nats(np.array([[[small, -large]]]))[0], [expected], rtol=1e-10)
