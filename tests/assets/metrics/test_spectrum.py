import numpy as np
import pytest

from outcross.assets.instruments import band_powers as module
from outcross.assets.instruments.band_powers import band_powers, most_images
from outcross.assets.instruments.probe import build_probe
from outcross.assets.metrics import spectrum
from outcross.assets.metrics.contract import Comparison
from outcross.assets.metrics.spectrum import spectral_slope
from tests.assets.evaluation.data import gaussian
from tests.assets.evaluation.images import blurred, compare_images, measured, noisy, rows_of, three_parts, tiny


def wave_by_wave(image: np.ndarray) -> list[float]:
    """Mean |Fourier coefficient|² ÷ pixels of the waves that round to each radius, each summed pixel by pixel."""
    height, width = image.shape
    short = min(height, width)
    found: dict[int, list[float]] = {}
    for v in range(height):
        for u in range(width):
            turns = v * np.arange(height)[:, None] / height + u * np.arange(width) / width
            power = abs((image * np.exp(-2j * np.pi * turns)).sum()) ** 2 / image.size
            fold_v, fold_u = min(v, height - v) / height, min(u, width - u) / width
            found.setdefault(int(np.rint(short * np.hypot(fold_v, fold_u))), []).append(power)
    return [float(np.mean(found[band])) for band in range(1, short // 2 + 1)]


@pytest.mark.parametrize("shape", [(6, 8), (8, 6), (5, 7), (8, 8)])
def test_bands_contain_the_power_of_their_waves(shape: tuple[int, int]) -> None:
    images = gaussian(1, 3, shape[0] * shape[1]).reshape(3, *shape)
    assert band_powers(images) == pytest.approx(np.array([wave_by_wave(image) for image in images]))


def test_computing_in_chunks_gives_the_same_values(monkeypatch: pytest.MonkeyPatch) -> None:
    images = gaussian(1, 20, 64).reshape(20, 8, 8)
    whole = band_powers(images)
    monkeypatch.setattr(module, "CHUNK", 200)
    assert np.allclose(band_powers(images), whole, rtol=1e-12)


def shaped(seed: int, images: int, slope: float) -> np.ndarray:
    """Images of 16 × 16 pixels whose power is that of white noise × band ^ slope."""
    white = gaussian(seed, images, 256).reshape(images, 16, 16)
    radius = np.rint(16 * np.hypot(np.fft.fftfreq(16)[:, None], np.fft.fftfreq(16)))
    return np.fft.ifft2(np.fft.fft2(white) * np.maximum(radius, 1) ** (slope / 2)).real


def test_the_slope_is_that_of_the_power_law() -> None:
    white, _ = spectral_slope(band_powers(shaped(1, 100, 0.0)))
    for slope in (-2.0, -1.0, 0.5):
        found, error = spectral_slope(band_powers(shaped(1, 100, slope)))
        assert found - white == pytest.approx(slope)
        assert found == pytest.approx(slope, abs=4 * error)


def test_the_standard_error_is_the_spread_over_repeated_samples() -> None:
    def redrawn(seed: int) -> np.ndarray:
        contrast = np.exp(0.4 * gaussian(seed + 999, 80, 1))[:, :, None]  # images differ in contrast, as photographs do
        return shaped(seed, 80, -2.0) * contrast

    slopes, errors = np.array([spectral_slope(band_powers(redrawn(seed))) for seed in range(250)]).T
    assert errors.mean() == pytest.approx(slopes.std(), rel=0.2)


def test_images_without_contrast_have_no_slope() -> None:
    assert np.isnan(spectral_slope(band_powers(np.full((5, 8, 8), 3.0)))).all()


def test_blur_lowers_the_tilt_noise_raises_it_and_fresh_images_leave_it_at_1() -> None:
    _, _, fresh, schema = three_parts("digits")
    tilt, error = measured("digits", fresh, ["spectrum"])["spectral_tilt"]
    assert tilt == pytest.approx(1.0, abs=3 * error)
    assert measured("digits", blurred(schema, fresh), ["spectrum"])["spectral_tilt"][0] < 0.7
    assert measured("digits", noisy(schema, fresh), ["spectrum"])["spectral_tilt"][0] > 1.2


def test_the_tilt_is_the_factor_per_octave() -> None:
    _, holdout, fresh, _ = three_parts("digits")
    pixels = (rows["image"].to_numpy().reshape(-1, 8, 8) for rows in (fresh, holdout))
    slope, real = (spectral_slope(band_powers(each))[0] for each in pixels)
    (found,) = spectrum.measure(compare_images("digits", fresh))
    assert found.value == pytest.approx(2 ** (slope - real))


def test_images_too_narrow_for_two_frequencies_have_no_tilt() -> None:
    schema = tiny((8, 3))
    rows = rows_of(schema, gaussian(1, 20, 24).reshape(20, 8, 3) * 20 + 99, [None] * 20)
    probe = build_probe(rows, rows, schema, seed=1)
    compared = Comparison(synthetic=rows, reference=rows, schema=schema, probe=probe, seed=1, against="holdout")
    assert spectrum.measure(compared) == []


def test_fewer_large_images_are_transformed() -> None:
    assert [most_images(shape) for shape in ((8, 8), (64, 64), (512, 512))] == [5_000, 1_024, 256]
