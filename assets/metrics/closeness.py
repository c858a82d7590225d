"""Closeness: images nearer to a record, or to each other, than 95 % of real images are."""

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
        "share of synthetic rows nearer to another one than 95 % of real rows are",
    ),
    Endpoint(
        "close_copies",
        Definition.ROWS_ARE_COPIED,
        Reading.NONE_OF_THEM,
        "lower",
        "share of synthetic rows nearer to a record than 95 % of held-out real rows are",
    ),
)

SHARE = 0.05
"""Share of the real rows that count as near, and so the expected share of synthetic rows that are as varied."""
MOST_ROWS = 2_000
"""Most rows that are compared with each other; of more, a sample is drawn by seed."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``close_copies``, and against the holdout also ``close_repeats``, in the probe's embedding.

    - ``close_copies``: share of the synthetic rows nearer to their closest record than 95 % of the holdout's rows are
      to the anchor. The records are the rows of the anchor, or of the previous generation.
    - ``close_repeats``: share of the synthetic rows nearer to another synthetic row than 95 % of the anchor's rows are
      to another row of the anchor, with equally many rows on both sides.

    Both are 0.05 for new rows of the anchor's distribution. Copies of records raise the first; rows that repeat one
    another, or a loss of spread, raise the second. An image shifted by one pixel is not a near copy, because distances
    in the embedding are nearly those of pixels.
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
    """Return the share of the distances below the 5 % quantile of real ones, with its standard error.

    The error has two parts: the binomial one of the distances, and for the quantile half the change of the share over
    its interval of ± one standard deviation (after Woodruff 1952).
    """
    low, edge, high = _edges(real, deviation=np.sqrt(SHARE * (1 - SHARE) / len(real)))
    share = float((distances < edge).mean())
    spread = ((distances < high).mean() - (distances < low).mean()) / 2
    return share, float(np.hypot(np.sqrt(share * (1 - share) / len(distances)), spread))


def share_repeated(points: np.ndarray, real: np.ndarray) -> tuple[float, float]:
    """Return the share of points nearer to another point than the 5 % quantile of real distances, with its error.

    The error of the points is the jackknife's, since without one point others may have no near one left; for a count of
    pairs it is up to 1.4 times too large (Efron & Stein 1981). That of the quantile is as in :func:`share_near`, with
    twice the variance, since nearest neighbours come in pairs.

    Args:
        points: (rows, dimensions), at least two rows.
        real: distances of equally many real points to their nearest neighbours.
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
    """Return the 5 % quantile of real distances, between the quantiles one deviation of its share below and above."""
    result: np.ndarray = np.quantile(real, np.clip([SHARE - deviation, SHARE, SHARE + deviation], 0.0, 1.0))
    return result


METRIC = RowMetric(
    name="closeness",
    modalities=IMAGE,
    measure=measure,
    endpoints=ENDPOINTS,
    opt_in=IMAGE,
)
