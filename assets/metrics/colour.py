"""Colour distance: whether synthetic pictures have other colours than real ones."""

import numpy as np

from outcross.assets.instruments.influence import average
from outcross.assets.instruments.picture_pixels import COLOURS, colours_of
from outcross.assets.instruments.table_features import FARTHEST
from outcross.assets.metrics.contract import IMAGE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.assets.metrics.marginal_wasserstein import wasserstein

ENDPOINTS = (
    Endpoint(
        "colour_distance",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "lower",
        "1-Wasserstein distance of mean red, green, blue and saturation ÷ the anchor's deviation, mean over the four",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``colour_distance`` of pictures in colour, and a line for each of :data:`COLOURS`.

    What is compared are the means over the pixels of a picture. The distance is ∫ |F − G| ÷ the standard deviation
    among the anchor's pictures (1 where it is 0), with the standard error of ``marginal_wasserstein``.
    """
    image = comparison.schema.image
    assert image is not None
    real = colours_of(comparison.probe.anchor[image.name], image)
    centre, deviation = real.mean(axis=0), real.std(axis=0)
    deviation[deviation == 0] = 1.0
    sides = [
        np.clip((colours_of(rows[image.name], image) - centre) / deviation, -FARTHEST, FARTHEST)
        for rows in (comparison.synthetic, comparison.reference)
    ]
    distances = [wasserstein(x, y) for x, y in zip(*(side.T for side in sides), strict=True)]
    mean = average(distances)
    assert mean is not None, "every picture has colours"
    return [
        Measurement("colour_distance", *mean.value_and_error),
        *(
            Measurement("colour_distance", *each.value_and_error, name)
            for name, each in zip(COLOURS, distances, strict=True)
        ),
    ]


METRIC = RowMetric(
    name="colour",
    modalities=IMAGE,
    measure=measure,
    endpoints=ENDPOINTS,
    needs_colour=True,
)
