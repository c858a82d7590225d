from hashlib import blake2b
from itertools import pairwise

import numpy as np
import pytest

from outcross.assets.instruments.text_features import BUCKETS, MIX, PAIR
from outcross.assets.metrics.frechet import frechet_distance
from outcross.resources.tokens import tokenize
from tests.assets.evaluation.data import gaussian, split, values


def test_clouds_with_diagonal_moments_have_the_closed_form_distance() -> None:
    # Whitened, so that the sample moments are exactly 0 and I.
    cloud = gaussian(1, 400, 3)
    cloud -= cloud.mean(axis=0)
    cloud = cloud @ np.linalg.inv(np.linalg.cholesky(np.cov(cloud.T))).T
    scale, shift = np.array([1.0, 2.0, 0.5]), np.array([3.0, 0.0, -1.0])
    distance, _ = frechet_distance(cloud, cloud * scale + shift)
    assert distance == pytest.approx((shift**2).sum() + ((scale - 1) ** 2).sum())


def test_correlated_clouds_have_the_distance_that_a_matrix_square_root_gives() -> None:
    from scipy.linalg import sqrtm

    random = np.random.default_rng(2)
    x, y = (gaussian(seed, 300, 5) @ random.normal(size=(5, 5)) + random.normal(size=5) for seed in (3, 4))
    a, b = np.cov(x.T), np.cov(y.T)
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(a + b - 2 * sqrtm(a @ b).real)
    assert frechet_distance(x, y)[0] == pytest.approx(expected, rel=1e-6)


def test_a_cloud_has_distance_0_to_itself() -> None:
    cloud = gaussian(1, 200, 8)
    assert frechet_distance(cloud, cloud)[0] == pytest.approx(0.0, abs=1e-10)


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    repeats = [
        frechet_distance(gaussian(2 * seed, 300, 4), gaussian(2 * seed + 1, 300, 4) * [1, 2, 1, 0.5] + 0.5)
        for seed in range(200)
    ]
    distances, errors = np.array(repeats).T
    assert errors.mean() == pytest.approx(distances.std(), rel=0.2)


def test_a_direction_without_spread_leaves_distance_and_error_finite() -> None:
    flat = gaussian(1, 100, 4) * [1, 1, 0, 1]
    distance, error = frechet_distance(flat, gaussian(2, 100, 4))
    assert distance > 0.5
    assert np.isfinite(error)


def test_images_of_one_class_are_farther_away_than_fresh_real_ones() -> None:
    anchor, _, _ = split("digits")
    ones = anchor.filter(anchor["label"] == "1")
    assert values("digits", ones)["frechet"] > 5 * values("digits", anchor)["frechet"]


def hashed_n_grams(texts: list[str]) -> np.ndarray:
    """Return ln(1 + count) of the words and word pairs in each bucket, with 64-bit arithmetic."""
    found = np.zeros((len(texts), BUCKETS))
    for row, text in enumerate(texts):
        words = [int.from_bytes(blake2b(word.encode(), digest_size=8).digest(), "big") for word in tokenize(text)]
        pairs = [(one * int(PAIR) + other) % 2**64 for one, other in pairwise(words)]
        for gram in words + pairs:
            mixed = (gram ^ (gram >> 31)) * int(MIX) % 2**64
            found[row, (mixed >> 33) % BUCKETS] += 1
    return np.log1p(found)


def test_for_texts_the_distance_is_that_of_hashed_words_and_pairs_in_the_anchors_main_directions() -> None:
    from scipy.linalg import sqrtm

    anchor, holdout, _ = split("python_docs")
    synthetic = anchor[:300]
    fitted, *sides = (hashed_n_grams(rows["text"].to_list()) for rows in (anchor, synthetic, holdout))
    mean = fitted.mean(axis=0)
    _, _, directions = np.linalg.svd(fitted - mean, full_matrices=False)
    x, y = ((side - mean) @ directions[:32].T for side in sides)
    a, b = np.cov(x.T), np.cov(y.T)
    expected = ((x.mean(0) - y.mean(0)) ** 2).sum() + np.trace(a + b - 2 * sqrtm(a @ b).real)
    assert values("python_docs", synthetic)["frechet"] == pytest.approx(expected, rel=1e-6)


def test_directions_without_variance_add_the_distance_of_their_means_alone() -> None:
    x = gaussian(1, 200, 2) @ np.array([[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]) + [0.0, 0.0, 5.0]
    y = 2 * (x - [0.0, 0.0, 5.0]) + [0.0, 0.0, 8.0]
    variance = x[:, 0].var(ddof=1)
    mean = x[:, 0].mean()
    distance, error = frechet_distance(x, y)
    # One direction, (1, 1, 0)/√2, has all the variance, 2σ² and 8σ²: tr = (√8 − √2)² σ² = 2σ².
    assert distance == pytest.approx(9 + 2 * mean**2 + 2 * variance, rel=1e-6)
    along = np.array([[1.0], [1.0], [0.0]]) / np.sqrt(2)
    assert error == pytest.approx(frechet_distance(x @ along, y @ along)[1], rel=1e-6)


def test_points_that_do_not_vary_at_all_are_as_far_apart_as_their_means() -> None:
    still = np.tile([1.0, 2.0], (10, 1))
    assert frechet_distance(still, np.tile([4.0, 6.0], (10, 1)))[0] == pytest.approx(25)
