"""Tail mass: the share of values beyond the anchor's 1 % and 99 % quantiles."""

import numpy as np

from outcross.assets.instruments.columns import Columns
from outcross.assets.instruments.influence import Estimate, average, sample_slice
from outcross.assets.metrics.contract import TABLE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "tail_mass",
        Definition.TAILS_VANISH,
        Reading.TAILS,
        "one",
        "synthetic ÷ real share of values beyond the anchor's 1 % and 99 % quantiles",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``tail_mass``: the synthetic share beyond a tail's edge ÷ the reference's share, averaged over tails.

    The edges are the 1 % and 99 % quantiles of each numeric column of the anchor. A tail counts only if the anchor has
    values beyond its edge (ties may leave none) and the reference has some too. Nulls do not count. A table without
    such tails has no tail mass. The standard error is the delta method's, and includes the tails' dependence.
    """
    x, y = comparison.columns
    ratios = []
    for place, name in enumerate(x.numeric_names):
        lower, upper = comparison.probe.tails[name]
        with np.errstate(invalid="ignore"):
            ratios += [
                _ratio(x, y, place, (x.numeric[place] < lower, y.numeric[place] < lower)),
                _ratio(x, y, place, (x.numeric[place] > upper, y.numeric[place] > upper)),
            ]
    mean = average(ratios)
    return [] if mean is None else [Measurement("tail_mass", *mean.value_and_error)]


def _ratio(x: Columns, y: Columns, place: int, beyond: tuple[np.ndarray, np.ndarray]) -> Estimate:
    """Return the share of x ÷ the share of y beyond an edge; NaN where y has none there."""
    shares = [each.sum() / max(len(side.ascending[place]), 1) for each, side in zip(beyond, (x, y), strict=True)]
    ratio = shares[0] / shares[1] if shares[1] else float("nan")
    moved = []
    for side, hit, share in zip((x, y), beyond, shares, strict=True):
        chosen = sample_slice(side.rows)
        seen = ~np.isnan(side.numeric[place, chosen])
        observed = side.rows / max(len(side.ascending[place]), 1)
        moved.append(np.where(seen, hit[chosen] - share, 0.0) * observed / (shares[1] or 1.0))
    return Estimate(float(ratio), (moved[0], -ratio * moved[1]), (x.rows, y.rows))


METRIC = RowMetric(
    name="tail_mass",
    modalities=TABLE,
    measure=measure,
    endpoints=ENDPOINTS,
)
