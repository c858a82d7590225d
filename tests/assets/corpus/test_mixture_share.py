import numpy as np
import pytest

from outcross.assets.corpus.undeclared.mixture_share import bootstrap_interval, misfit_of_rows
from outcross.assets.corpus.undeclared.quantify import fit_mixture
from tests.assets.corpus.test_quantify import drawn, gaussian_cells
from tests.assets.evaluation.data import gaussian


@pytest.mark.parametrize("share", [0.0, 0.05, 0.5, 1.0])
def test_the_interval_covers_the_share_nineteen_times_in_twenty(share: float) -> None:
    targets, samples = drawn(gaussian_cells(0, 1), [1 - share, share], rows=700, seed=6, repeats=100)
    held = 0
    for number, (target, sample) in enumerate(zip(targets, samples, strict=True)):
        mixture = fit_mixture(target[None], sample[None])
        lower, upper = bootstrap_interval(mixture, target, sample, seed=number)
        assert 0 <= lower <= upper <= 1 + 1e-9
        held += lower - 1e-3 <= share <= upper + 1e-3
    assert held >= 90


def test_the_interval_narrows_with_target_rows_and_with_calibration_rows() -> None:
    def width(rows: float, calibration: float) -> float:
        cells = gaussian_cells(0, 1)
        target, samples = (np.array([0.7, 0.3]) @ cells * rows), cells * calibration
        lower, upper = bootstrap_interval(fit_mixture(target[None], samples[None]), target, samples, seed=1)
        return upper - lower

    assert width(4_000, 500) < width(500, 500)
    assert width(500, 4_000) < width(500, 500)
    assert width(500, 500) > 0.1


def test_an_estimate_of_0_has_an_upper_limit_above_0() -> None:
    cells = gaussian_cells(0, 1, -0.3)
    target, samples = cells[2] * 500, cells[:2] * 500
    mixture = fit_mixture(target[None], samples[None])
    assert mixture.shares[0, 1] < 1e-3
    assert bootstrap_interval(mixture, target, samples, seed=1)[1] > 0.03


def test_a_true_mixture_is_not_a_misfit_and_an_unknown_part_is() -> None:
    samples = [gaussian(1, 1_500, 2), gaussian(2, 1_500, 2) + 2]
    target = np.concatenate([gaussian(3, 700, 2), gaussian(4, 300, 2) + 2])
    shares = np.array([0.7, 0.3])
    assert misfit_of_rows(target, samples, shares, seed=1)[0] > 0.01
    strange = np.concatenate([target, gaussian(5, 300, 2) - 3])
    p, area = misfit_of_rows(strange, samples, shares, seed=1)
    assert p < 1e-6
    assert area > 0.55


def test_the_p_value_of_rows_is_as_rare_as_stated_for_true_mixtures() -> None:
    from scipy.stats import norm

    deviates = []
    for seed in range(40):
        random = np.random.default_rng(seed)
        real, made = random.normal(size=(2, 100, 2))
        target = np.concatenate([random.normal(size=(35, 2)), random.normal(size=(15, 2)) + 2])
        p, _ = misfit_of_rows(target, [real, made + 2], np.array([0.7, 0.3]), seed=seed)
        deviates.append(norm.isf(p))
    assert np.std(deviates, ddof=1) == pytest.approx(1.0, abs=0.3)
    assert np.mean(deviates) == pytest.approx(0.0, abs=0.5)
