"""Spectral tilt: whether synthetic images are more blurred or more noisy than real ones."""

import numpy as np

from outcross.assets.instruments.band_powers import FEWEST_PIXELS
from outcross.assets.metrics.contract import IMAGE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "spectral_tilt",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "one",
        "change of synthetic ÷ real power per octave of spatial frequency: below 1 blurred, above 1 noisy",
    ),
)

NOTHING = 1e-12
"""Share of all power below which a band counts as empty, since rounding leaves that much."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``spectral_tilt``: 2^(slope of the synthetic images' spectrum − that of the reference's).

    It is the factor by which synthetic ÷ real power changes per octave of spatial frequency: below 1 if fine detail is
    missing, above 1 if there is too much of it. Dzanic et al. 2020 (arXiv 1911.06465) detect generated images by that
    decay. The spectra are those of the images at full size, not of the embedding; those of colour, of its luminance.
    Images of fewer than four pixels a side have none.
    """
    image = comparison.schema.image
    assert image is not None
    assert image.shape is not None
    if min(image.shape) < FEWEST_PIXELS:
        return []
    (slope, error), (real, real_error) = (spectral_slope(view.band_powers) for view in comparison.views)
    tilt = float(2 ** (slope - real))
    return [Measurement("spectral_tilt", tilt, tilt * float(np.log(2) * np.hypot(error, real_error)))]


def spectral_slope(powers: np.ndarray) -> tuple[float, float]:
    """Return the least-squares slope of ln(mean power) on ln(frequency), about −2 for photographs, with its error.

    The error is the delta method's over images. If a band has no power, as in images without contrast, both are NaN.

    Args:
        powers: (rows, bands) of :func:`outcross.assets.instruments.band_powers.band_powers`.
    """
    mean = powers.mean(axis=0)
    if mean.min() <= NOTHING * mean.sum():
        return float("nan"), float("nan")
    frequency = np.log(np.arange(1, len(mean) + 1))
    centred = frequency - frequency.mean()
    weights = centred / (centred @ centred)
    influence = (powers / mean - 1) @ weights
    return float(weights @ np.log(mean)), float(influence.std() / np.sqrt(len(powers)))


METRIC = RowMetric(
    name="spectrum",
    modalities=IMAGE,
    measure=measure,
    endpoints=ENDPOINTS,
)
