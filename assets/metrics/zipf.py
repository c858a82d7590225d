"""Zipf slope: whether frequent and rare words keep their proportion."""

import numpy as np

from outcross.assets.instruments.standard_error import NONE, jackknife_error
from outcross.assets.instruments.words import Words
from outcross.assets.metrics.contract import TEXT, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.seeds import derive_seed, generator

ENDPOINTS = (
    Endpoint(
        "zipf_slope",
        Definition.TAILS_VANISH,
        Reading.TAILS,
        "one",
        "slope of ln frequency over ln rank of the words, synthetic ÷ real",
    ),
)

MOST_TYPES = 5_000
"""Most types in the fit of the line; the most frequent are used."""
GROUPS = 20
"""Groups of rows, each left out once by the jackknife."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``zipf_slope``: the slope of the synthetic text ÷ that of the reference.

    The slope depends on the length of a text, so equally many tokens are drawn from both sides, in whole rows. Above 1,
    frequent words have become more frequent and rare ones rarer. Below 1, words are used more evenly, for example
    because the rare ones have vanished. The standard error is the delta method's, with a jackknife over 20 groups of
    rows for each slope.
    """
    sides = dict(zip(("synthetic", "reference"), (view.words for view in comparison.views), strict=True))
    tokens = min(len(side.ids) for side in sides.values())
    if not tokens:
        return [Measurement("zipf_slope", NONE, NONE)]
    slopes = []
    for name, side in sides.items():
        random = generator(derive_seed("zipf", name, comparison.seed))
        slopes.append(zipf_slope(side.shuffle(random).head(tokens)))
    (slope, error), (real, real_error) = slopes
    if not real > 0:
        return [Measurement("zipf_slope", 1.0 if slope == real else NONE, NONE)]
    ratio = slope / real
    return [Measurement("zipf_slope", ratio, float(np.hypot(error, ratio * real_error) / real))]


def zipf_slope(words: Words) -> tuple[float, float]:
    """Fit s of ln count = a − s ln rank by least squares to the 5,000 most frequent types; return it with its error.

    As in Holtzman et al. 2020 (arXiv 1904.09751) for generated text. The slope of fewer than two types is 0.

    Args:
        words: rows in random order; every 20th row belongs to one group of the jackknife.
    """
    rows, types = len(words.lengths), len(words.types)
    groups = min(GROUPS, rows)
    if not groups:
        return 0.0, NONE
    cells = words.row % groups * types + words.ids
    counts = np.bincount(cells, minlength=groups * types).reshape(groups, types)
    total = counts.sum(axis=0)
    return _slope(total), jackknife_error(np.array([_slope(total - group) for group in counts]))


def _slope(counts: np.ndarray) -> float:
    ordered = np.sort(counts[counts > 0])[::-1][:MOST_TYPES]
    if len(ordered) < 2:
        return 0.0
    rank = np.log(np.arange(1, len(ordered) + 1))
    centred = rank - rank.mean()
    return max(float(-(centred @ np.log(ordered)) / (centred @ centred)), 0.0)


METRIC = RowMetric(
    name="zipf_slope",
    modalities=TEXT,
    measure=measure,
    endpoints=ENDPOINTS,
)
