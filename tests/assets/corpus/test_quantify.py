import numpy as np
import pytest

from outcross.assets.corpus.undeclared.quantify import Mixture, _extrapolate, fit_mixture, largest_share, misfit


def gaussian_cells(*means: float, cells: int = 12) -> np.ndarray:
    """Compute the exact probabilities of intervals under unit normals with these means."""
    from scipy.stats import norm

    edges = np.linspace(min(means) - 1.5, max(means) + 1.5, cells - 1)
    return np.stack([np.diff(norm.cdf(np.concatenate([[-np.inf], edges, [np.inf]]) - mean)) for mean in means])


def drawn(cells: np.ndarray, shares: list[float], *, rows: int, seed: int, repeats: int = 1) -> tuple:
    """Draw counts of targets with these shares, and of as many calibration rows of each component."""
    random = np.random.default_rng(seed)
    target = random.multinomial(rows, np.array(shares) @ cells, size=repeats)
    samples = np.stack([random.multinomial(rows, own, size=repeats) for own in cells], axis=1)
    return target.astype(float), samples.astype(float)


def without_calibration_noise(target: np.ndarray, samples: np.ndarray) -> np.ndarray:
    """Run EM with the calibration samples' own frequencies (Saerens et al. 2002)."""
    cells = samples / samples.sum(axis=2, keepdims=True)
    shares = np.full(samples.shape[:2], 1 / samples.shape[1])
    for _ in range(3_000):
        expected = np.maximum(np.einsum("rk,rkb->rb", shares, cells), 1e-300)
        shares = (shares[:, :, None] * cells * (target / expected)[:, None]).sum(axis=2)
        shares /= shares.sum(axis=1, keepdims=True)
    return shares


def test_two_cells_give_the_closed_form() -> None:
    target, samples = np.array([[640.0, 360.0]]), np.array([[[900.0, 100.0], [250.0, 250.0]]])
    assert fit_mixture(target, samples).shares[0, 1] == pytest.approx((0.36 - 0.1) / (0.5 - 0.1), abs=1e-4)


def test_expected_counts_give_the_share_back() -> None:
    cells = gaussian_cells(0, 1.2)
    for share in (0.0, 0.05, 0.3, 0.7, 1.0):
        found = fit_mixture((np.array([1 - share, share]) @ cells * 1e4)[None], (cells * 1e5)[None])
        assert found.shares[0] == pytest.approx([1 - share, share], abs=2e-3)
        assert found.expected.sum() == pytest.approx(1)


@pytest.mark.parametrize(("share", "cell", "valid"), [(0.2, 0.4, True), (-0.1, 0.4, False), (0.2, -0.1, False)])
def test_steps_that_shrink_by_one_factor_lead_to_their_limit_unless_it_is_no_mixture(
    share: float, cell: float, valid: bool
) -> None:
    """The extrapolation is exact for such steps; without it EM takes thousands of them."""

    def mixture(left: float) -> Mixture:
        cells = [[cell + left, 1 - cell - left], [0.7 - left, 0.3 + left]]
        return Mixture(np.array([[share + left, 1 - share - left]]), np.array([cells]))

    start, once, twice = (mixture(left) for left in (0.5, 0.25, 0.125))
    found, expected = _extrapolate(start, once, twice), mixture(0.0) if valid else twice
    assert found.shares == pytest.approx(expected.shares) and found.cells == pytest.approx(expected.cells)


def test_gaussian_scores_give_the_share_back_with_the_error_of_theory() -> None:
    cells, share = gaussian_cells(0, 1.5), 0.4
    target, samples = drawn(cells, [1 - share, share], rows=2_000, seed=1, repeats=200)
    found = fit_mixture(target, samples).shares[:, 1]
    mixed = (1 - share) * cells[0] + share * cells[1]
    information = 2_000 * ((cells[1] - cells[0]) ** 2 / mixed).sum()
    assert found.mean() == pytest.approx(share, abs=0.005)
    assert 1 / np.sqrt(information) < found.std() < 2 / np.sqrt(information), "calibration adds to the target's error"


def test_the_shares_of_three_components_are_separated() -> None:
    target, samples = drawn(gaussian_cells(0, 2, -2), [0.5, 0.3, 0.2], rows=5_000, seed=2)
    assert fit_mixture(target, samples).shares[0] == pytest.approx([0.5, 0.3, 0.2], abs=0.04)


def test_noise_in_the_calibration_is_not_a_difference_of_components() -> None:
    target, samples = drawn(gaussian_cells(0, 0.7), [0.1, 0.9], rows=250, seed=3, repeats=400)
    error = abs(fit_mixture(target, samples).shares[:, 1].mean() - 0.9)
    assert error < 0.75 * abs(without_calibration_noise(target, samples)[:, 1].mean() - 0.9)


def test_the_p_value_of_a_true_mixture_is_as_rare_as_stated() -> None:
    target, samples = drawn(gaussian_cells(0, 1.5), [0.6, 0.4], rows=2_000, seed=4, repeats=300)
    found = fit_mixture(target, samples)
    p = [
        misfit(*rows, Mixture(shares[None], cells[None]))[1]
        for *rows, shares, cells in zip(target, samples, found.shares, found.cells, strict=True)
    ]
    assert 0.02 < np.mean(np.array(p) < 0.05) < 0.09
    assert np.mean(p) == pytest.approx(0.5, abs=0.06)


def test_an_unknown_component_is_a_misfit() -> None:
    cells = gaussian_cells(0, 1.5, 0.75)
    wide = np.full(12, 1 / 12)
    target, _ = drawn(np.stack([cells[0], wide]), [0.7, 0.3], rows=3_000, seed=5)
    _, samples = drawn(cells[:2], [1, 0], rows=3_000, seed=6)
    assert misfit(target[0], samples[0], fit_mixture(target, samples))[1] < 1e-6


def test_the_test_of_fit_passes_with_as_many_components_as_cells() -> None:
    target, samples = np.array([[640.0, 360.0]]), np.array([[[900.0, 100.0], [250.0, 250.0]]])
    assert misfit(target[0], samples[0], fit_mixture(target, samples))[1] == 1


def test_the_largest_share_holds_whatever_the_rest_is() -> None:
    cells = gaussian_cells(0, 3)
    target, samples = drawn(cells, [0.3, 0.7], rows=3_000, seed=7, repeats=100)
    limits = np.array([largest_share(*rows) for rows in zip(target, samples[:, 0], strict=True)])
    assert (limits >= 0.3).mean() >= 0.95
    assert limits.mean() < 0.45
    assert largest_share(samples[0, 0], samples[1, 0]) == 1


def test_the_largest_share_is_the_limit_of_a_ratio_of_counts_with_a_half_each() -> None:
    """The 97.5 % quantile of the normal is 1.95996; the first cell has the least ratio."""
    ratio, error = np.log((5.5 / 100) / (10.5 / 50)), np.sqrt(1 / 5.5 + 1 / 10.5)
    found = largest_share(np.array([5, 95]), np.array([10, 40]))
    assert found == pytest.approx(np.exp(ratio + 1.959964 * error), rel=1e-6)
