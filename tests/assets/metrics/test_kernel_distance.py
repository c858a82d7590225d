import numpy as np
import pytest

from outcross.assets.metrics import kernel_distance as module
from outcross.assets.metrics.kernel_distance import kernel_distance
from tests.assets.evaluation.data import gaussian
from tests.assets.evaluation.images import blurred, measured, three_parts


def in_words_of_the_paper(x: np.ndarray, y: np.ndarray, scale: float) -> float:
    """Gretton et al. 2012, equation 3, with scikit-learn's kernel and the pairs one by one."""
    from sklearn.metrics.pairwise import polynomial_kernel

    def kernel(a: np.ndarray, b: np.ndarray) -> np.ndarray:
        return polynomial_kernel(a, b, degree=3, gamma=1 / scale, coef0=1)

    def within(a: np.ndarray) -> float:
        k, rows = kernel(a, a), range(len(a))
        return float(np.mean([k[i, j] for i in rows for j in rows if i != j]))

    return within(x) + within(y) - 2 * float(kernel(x, y).mean())


def test_one_block_is_the_unbiased_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "BLOCKS", 1)
    x, y = gaussian(1, 30, 4), gaussian(2, 23, 4) * 1.3 + 0.2
    distance, error = kernel_distance(x, y, scale=4.0, seed=1)
    assert distance == pytest.approx(in_words_of_the_paper(x, y, 4.0))
    assert np.isnan(error)


@pytest.mark.parametrize("rows", [(3, 200), (200, 3)])
def test_few_rows_on_either_side_have_a_distance_but_no_standard_error(rows: tuple[int, int]) -> None:
    x, y = gaussian(1, rows[0], 2), gaussian(2, rows[1], 2)
    distance, error = kernel_distance(x, y, scale=2.0, seed=1)
    assert distance == pytest.approx(in_words_of_the_paper(x, y, 2.0))
    assert np.isnan(error)


def repeated(shift: float, rows: int = 60) -> np.ndarray:
    """(repeats, 2) distances of N(0, 1) to N(shift, 1), and their errors."""
    return np.array(
        [
            kernel_distance(gaussian(2 * s, rows, 1), gaussian(2 * s + 1, 2 * rows, 1) + shift, scale=1.0, seed=s)
            for s in range(400)
        ]
    )


def test_its_mean_is_that_of_the_moments_at_any_size() -> None:
    """(ab + 1)³ sees the first three moments: Σ C(3, p) (difference of the p-th)²."""
    moments = np.array([[0.0, 1.0, 0.0], [0.5, 1.25, 1.625]])
    expected = np.array([3, 3, 1]) @ np.diff(moments, axis=0)[0] ** 2
    for shift, exact in ((0.5, expected), (0.0, 0.0)):
        for rows in (25, 60):
            distances = repeated(shift, rows)[:, 0]
            assert distances.mean() == pytest.approx(exact, abs=4 * distances.std() / np.sqrt(len(distances)))


@pytest.mark.parametrize("shift", [0.0, 0.5])
def test_the_standard_error_is_the_spread_over_repeated_samples_equal_or_not(shift: float) -> None:
    distances, errors = repeated(shift).T
    assert np.sqrt((errors**2).mean()) == pytest.approx(distances.std(), rel=0.15)


def test_only_the_seed_assigns_rows_to_blocks() -> None:
    x, y = gaussian(1, 50, 2), gaussian(2, 50, 2)
    one, again, other = (kernel_distance(x, y, scale=2.0, seed=seed) for seed in (1, 1, 2))
    assert one == again != other


def test_an_anchor_without_spread_leaves_the_distance_finite() -> None:
    still = np.zeros((20, 3))
    assert kernel_distance(still, still, scale=0.0, seed=1) == (0.0, 0.0)


def test_fresh_images_have_distance_0_and_blurred_ones_do_not() -> None:
    _, _, fresh, schema = three_parts("digits")
    real, error = measured("digits", fresh, ["kernel_distance"])["kernel_distance"]
    spoilt, _ = measured("digits", blurred(schema, fresh), ["kernel_distance"])["kernel_distance"]
    assert abs(real) < 3 * error
    assert spoilt > 20 * error
