"""Entropy ratio: whether the values of synthetic rows vary as much as those of the reference."""

import numpy as np
import polars as pl

from outcross.assets.instruments.tenths import BINS
from outcross.assets.metrics.contract import ANY, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator

ENDPOINTS = (
    Endpoint(
        "entropy_ratio",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "one",
        "synthetic ÷ real entropy of the discrete columns, bins or tokens",
    ),
)

GREYS = 16
"""Grey values to which an image is reduced."""
MOST_ROWS = 5_000
"""Most rows of either side that are counted."""


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``entropy_ratio``: the synthetic entropy summed over columns ÷ that of the reference.

    The columns of a table are its discrete ones (null is a level) and its numeric ones in deciles of the anchor. The
    columns of images are every pixel in 16 greys and the label. A text has one column, the word at any place. The
    plug-in estimate grows with the number of observations, so equally many are drawn from both sides.
    """
    synthetic, reference = _text(comparison) if comparison.schema.modality == "text" else _rows(comparison)
    return [Measurement("entropy_ratio", *entropy_ratio(synthetic, reference))]


def entropy_ratio(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the ratio of the plug-in entropies −Σ p ln p summed over columns, with the delta method's standard error.

    The ratio is 1 if both sides have no entropy, and infinite if only y has none.

    Args:
        x: (observations, columns) codes, integers from 0.
        y: (observations, columns) codes of the other side.
    """
    (entropy_x, error_x), (entropy_y, error_y) = _entropy(x), _entropy(y)
    if entropy_y == 0:
        return (float("inf") if entropy_x > 0 else 1.0), float("nan")
    ratio = entropy_x / entropy_y
    return ratio, float(np.hypot(error_x, ratio * error_y) / entropy_y)


def _entropy(codes: np.ndarray) -> tuple[float, float]:
    """Return the entropy summed over columns in nats, as the mean surprise of a row, with its standard error."""
    observations, columns = codes.shape
    if codes.size == 0:
        return 0.0, 0.0
    width = int(codes.max()) + 1
    cells = codes + np.arange(columns) * width
    counts = np.bincount(cells.ravel(), minlength=columns * width)
    surprise = -np.log(np.maximum(counts, 1) / observations)[cells].sum(axis=1)
    return max(float(surprise.mean()), 0.0), float(surprise.std() / np.sqrt(observations))


def _rows(comparison: Comparison) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes of equally many rows of both sides."""
    sides = {"synthetic": comparison.synthetic, "reference": comparison.reference}
    rows = min(MOST_ROWS, *(side.height for side in sides.values()))
    parts = []
    for name, side in sides.items():
        random = generator(derive_seed("entropy", name, comparison.seed))
        parts.append(side[np.sort(random.choice(side.height, rows, replace=False))])
    edges = comparison.probe.numeric_tenths
    codes = _codes(pl.concat(parts), comparison.schema, edges)
    return codes[:rows], codes[rows:]


def _text(comparison: Comparison) -> tuple[np.ndarray, np.ndarray]:
    """Return the codes of equally many words of both sides, from whole rows in random order."""
    synthetic, reference = (view.words for view in comparison.views)
    place = {word: code for code, word in enumerate(dict.fromkeys([*synthetic.types, *reference.types]))}
    words = min(len(synthetic.ids), len(reference.ids))
    codes = []
    for name, side in (("synthetic", synthetic), ("reference", reference)):
        shared = np.array([place[word] for word in side.types], dtype=np.int64)
        chosen = side.shuffle(generator(derive_seed("entropy", name, comparison.seed))).ids[:words]
        codes.append(shared[chosen][:, None])
    return codes[0], codes[1]


def _codes(rows: pl.DataFrame, schema: Schema, edges: dict[str, np.ndarray]) -> np.ndarray:
    """Return (rows, columns) int64: the level, bin or grey of each value."""
    columns = [
        rows[column.name].rank("dense").fill_null(0).to_numpy().astype(np.int64)[:, None] for column in schema.discrete
    ]
    for name, inner in edges.items():
        values = rows[name].cast(pl.Float64).to_numpy()
        bins = np.searchsorted(inner, values, side="right")
        columns.append(np.where(np.isnan(values), BINS, bins)[:, None])
    if schema.image is not None:
        greys = (schema.image.levels or 255) + 1
        columns.append(rows[schema.image.name].to_numpy().astype(np.int64) * min(GREYS, greys) // greys)
    return np.concatenate(columns, axis=1) if columns else np.zeros((rows.height, 0), dtype=np.int64)


METRIC = RowMetric(
    name="entropy_ratio",
    modalities=ANY,
    measure=measure,
    endpoints=ENDPOINTS,
)
