"""Power spectrum of images by bands of spatial frequency."""

import numpy as np

FEWEST_PIXELS = 4
"""Fewest pixels of the shorter side with which there are two frequencies to compare."""
MOST_PIXELS, MOST_ROWS, FEWEST_ROWS = 2**22, 5_000, 256
"""Images whose spectra are averaged: ``MOST_PIXELS`` in all, within these numbers of rows."""
CHUNK = 2**19
"""Pixels transformed at one time."""


def most_images(shape: tuple[int, int]) -> int:
    """Return how many images of a shape are transformed; of more, a sample is drawn."""
    return min(MOST_ROWS, max(FEWEST_ROWS, MOST_PIXELS // (shape[0] * shape[1])))


def band_powers(pixels: np.ndarray) -> np.ndarray:
    """Return the radially averaged power spectrum of each image.

    Band r = 1, 2, … ⌊shorter side ÷ 2⌋ holds the frequencies that round to r waves across the shorter side. The mean
    grey and the corners beyond the last band are left out (van der Schaaf & van Hateren 1996, Vision Research 36:2759).
    No window is applied, since leakage at the edges is alike in all images that are compared.

    Args:
        pixels: (rows, height, width), at least four pixels a side.

    Returns (rows, bands) mean |Fourier coefficient|² ÷ pixels.
    """
    rows, height, width = pixels.shape
    short = min(height, width)
    band = np.rint(short * np.hypot(np.fft.fftfreq(height)[:, None], np.fft.rfftfreq(width))).astype(np.intp)
    # A real image has each wave twice, once mirrored; rfft2 computes half of them, so most columns count double.
    column = np.arange(band.shape[1])
    times = np.broadcast_to(np.where((column > 0) & (2 * column < width), 2.0, 1.0), band.shape)
    order = np.argsort(band, axis=None, kind="stable")
    starts = np.searchsorted(band.ravel()[order], np.arange(1, short // 2 + 2))
    order = order[starts[0] : starts[-1]]
    share = times.ravel()[order] / (np.bincount(band.ravel(), times.ravel())[band.ravel()[order]] * height * width)
    powers, step = np.empty((rows, short // 2)), max(1, CHUNK // (height * width))
    for start in range(0, rows, step):
        spectrum = np.fft.rfft2(pixels[start : start + step].astype(np.float64)).reshape(-1, band.size)[:, order]
        power = (spectrum.real**2 + spectrum.imag**2) * share
        powers[start : start + step] = np.add.reduceat(power, starts[:-1] - starts[0], axis=1)
    return powers
