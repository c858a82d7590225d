"""Closeness: near duplicates, images that lie nearer to a record, or to each other, than real images do."""

import numpy as np

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.manifold import squared_distances
from outcross.assets.metrics.contract import IMAGE, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.seeds import derive_seed

ENDPOINTS = (
    Endpoint(
        "close_repeats",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "lower",
        "share of synthetic rows nearer to each other than 95 % of real ones are",
    ),
    Endpoint(
        "close_copies",
        Definition.ROWS_ARE_COPIED,
        Reading.NONE_OF_THEM,
        "lower",
        "share of synthetic rows nearer to a record than 95 % of real rows never seen",
    ),
)

SHARE = 0.05
"""Share of the real rows that count as near: what synthetic rows that are as varied as real ones would have."""
MOST_ROWS = 2_000
"""Rows that are compared with each other; of more, that many are drawn by seed."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``close_copies`` and, beside the holdout, ``close_repeats`` in the probe's embedding.

    - ``close_copies``: share of the synthetic rows nearer to their closest record than 95 % of the holdout's rows are
      to theirs in the anchor. The records are the anchor's rows, or against the previous generation its rows.
    - ``close_repeats``: share of the synthetic rows nearer to another synthetic row than 95 % of the anchor's rows are
      to another of it, equally many being drawn from both.

    New rows of the anchor's distribution have .05 of either; copies of records raise the first, rows that repeat one
    another, or lost spread, the second. An image that was shifted by a pixel is no near copy: distances in the
    embedding are nearly those of pixels.
    """
    probe = comparison.probe
    copies = share_near(comparison.nearest.first, probe.record_distances)
    measured = [Measurement("close_copies", *copies)]
    if comparison.against == "holdout":
        points = comparison.views[0].points
        rows = min(len(points), probe.anchor.height, MOST_ROWS)
        drawn = draw_rows(points, rows, derive_seed("close repeats", comparison.seed))
        measured.append(Measurement("close_repeats", *share_repeated(drawn, probe.spacing(rows))))
    return measured


def share_near(distances: np.ndarray, real: np.ndarray) -> tuple[float, float]:
    """Share of the distances below the 5 % quantile of real ones, and its standard error.

    The error is binomial in the distances, and in the quantile half the change of the share between the ends of its
    one-deviation interval (after Woodruff 1952).
    """
    low, edge, high = _edges(real, deviation=np.sqrt(SHARE * (1 - SHARE) / len(real)))
    share = float((distances < edge).mean())
    spread = ((distances < high).mean() - (distances < low).mean()) / 2
    return share, float(np.hypot(np.sqrt(share * (1 - share) / len(distances)), spread))


def share_repeated(points: np.ndarray, real: np.ndarray) -> tuple[float, float]:
    """Share of the points nearer to another of them than the 5 % quantile of real distances, and its standard error.

    The error is the jackknife's over points, since the loss of one may leave others without a near one: of a count of
    pairs it is up to 1.4 times too large (Efron & Stein 1981). That of the quantile is as in :func:`share_near`, with
    twice the variance, since the nearest of a set come in pairs.

    Args:
        points: (rows, dimensions), two rows or more.
        real: distances of real points to the nearest of equally many others.
    """
    rows = len(points)
    low, edge, high = _edges(real, deviation=np.sqrt(2 * SHARE * (1 - SHARE) / len(real)))
    squared, near, nearest = np.empty(rows), np.empty(rows, dtype=np.intp), np.empty(rows, dtype=np.intp)
    norms = (points**2).sum(axis=1)
    for start, distances in squared_distances(points, norms, points, norms):
        lines, at = np.arange(len(distances)), slice(start, start + len(distances))
        distances[lines, start + lines] = np.inf
        nearest[at] = distances.argmin(axis=1)
        squared[at] = distances[lines, nearest[at]]
        near[at] = (distances < edge**2).sum(axis=1)
    repeated = near > 0
    lost = repeated + np.bincount(nearest[near == 1], minlength=rows)
    without = (repeated.sum() - lost) / (rows - 1)
    spread = ((squared < high**2).mean() - (squared < low**2).mean()) / 2
    return float(repeated.mean()), float(np.hypot(np.sqrt((rows - 1) * without.var()), spread))


def _edges(real: np.ndarray, *, deviation: float) -> np.ndarray:
    """The quantile of real distances that counts as near, between those a deviation of its share below and above."""
    return np.quantile(real, np.clip([SHARE - deviation, SHARE, SHARE + deviation], 0.0, 1.0))


METRIC = RowMetric(
    name="closeness",
    modalities=IMAGE,
    measure=measure,
    endpoints=ENDPOINTS,
    opt_in=IMAGE,
)
