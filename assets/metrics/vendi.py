"""Vendi score: the effective number of distinct rows."""

import numpy as np

from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.metrics.contract import ANY, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.seeds import derive_seed

ENDPOINTS = (
    Endpoint(
        "vendi",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "higher",
        "effective number of distinct rows (Vendi score)",
    ),
    Endpoint(
        "vendi_ratio",
        Definition.TAILS_VANISH,
        Reading.MODES,
        "one",
        "effective number of distinct rows, synthetic ÷ equally many real ones (Vendi score)",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``vendi_ratio``, and against the holdout also ``vendi``, in the probe's embedding.

    ``vendi`` is the score of the synthetic rows; it is at most the dimensions of the embedding plus one.
    ``vendi_ratio`` is their score ÷ that of the reference. The score grows with the number of rows, so equally many are
    drawn from both sides. A ratio near 1 is best: noise raises it above 1.
    """
    views = dict(zip(("synthetic", "reference"), comparison.views, strict=True))
    rows = min(len(view.points) for view in views.values())
    sides = [draw_rows(view.points, rows, derive_seed("vendi", name, comparison.seed)) for name, view in views.items()]
    (synthetic, error), (real, real_error) = (vendi_score(side) for side in sides)
    ratio = synthetic / real
    measured = [Measurement("vendi_ratio", ratio, ratio * float(np.hypot(error / synthetic, real_error / real)))]
    if comparison.against == "holdout":
        measured.append(Measurement("vendi", *vendi_score(views["synthetic"].points)))
    return measured


def vendi_score(points: np.ndarray) -> tuple[float, float]:
    """Return the Vendi score of a cloud, the effective number of distinct points, with its standard error.

    exp(−Σ λ ln λ) over the eigenvalues λ of K ÷ rows, where K holds the points' cosine similarities (Friedman & Dieng
    2023, arXiv 2210.02410, definition 3.1). With unit vectors U as rows, these are the eigenvalues of UᵀU ÷ rows, a
    (dimensions, dimensions) matrix for any number of rows. Points at the origin have no direction; they count as equal
    to each other and as orthogonal to all others.

    The standard error is the delta method's: ρ = UᵀU ÷ rows is a mean over rows, and a row u has the influence
    −uᵀ(ln ρ)u − entropy on the entropy.

    Args:
        points: (rows, dimensions), centred at the mean of the anchor.
    """
    lengths = np.sqrt((points**2).sum(axis=1, keepdims=True))
    still = lengths == 0
    units = np.hstack([points / np.where(still, 1.0, lengths), still])
    values, vectors = np.linalg.eigh(units.T @ units / len(units))
    there = values > np.finfo(np.float64).eps * len(values)
    surprise = (units @ vectors[:, there]) ** 2 @ -np.log(values[there])
    score = float(np.exp(surprise.mean()))
    return score, score * float(surprise.std() / np.sqrt(len(units)))


METRIC = RowMetric(
    name="vendi",
    modalities=ANY,
    measure=measure,
    endpoints=ENDPOINTS,
)
