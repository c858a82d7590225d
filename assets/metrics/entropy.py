"""Entropy ratio: whether the values of synthetic rows vary as much as those of the reference."""

from collections.abc import Sequence

import numpy as np
import polars as pl

from outcross.assets.instruments.standard_error import ratio_of_sums
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
    if comparison.schema.modality == "text":
        codes, rows = zip(*_text(comparison), strict=True)
        return [Measurement("entropy_ratio", *entropy_ratio(*codes, rows=rows))]
    return [Measurement("entropy_ratio", *entropy_ratio(*_rows(comparison)))]


def entropy_ratio(x: np.ndarray, y: np.ndarray, *, rows: Sequence[np.ndarray] | None = None) -> tuple[float, float]:
    """Return the ratio of the plug-in entropies −Σ p ln p summed over columns, with the delta method's standard error.

    The ratio is 1 if both sides have no entropy, infinite if only y has none, and NaN if a side has no observations.

    Args:
        x: (observations, columns) codes, integers from 0.
        y: (observations, columns) codes of the other side.
        rows: per side, (observations,) the row of each; observations of one row may depend on each other, and rows do
            not. Default: each observation is a row.
    """
    of_x, of_y = (None, None) if rows is None else rows
    if not len(x) or not len(y):
        return float("nan"), float("nan")
    (entropy_x, error_x), (entropy_y, error_y) = _entropy(x, of_x), _entropy(y, of_y)
    if entropy_y == 0:
        return (float("inf") if entropy_x > 0 else 1.0), float("nan")
    ratio = entropy_x / entropy_y
    return ratio, float(np.hypot(error_x, ratio * error_y) / entropy_y)


def _entropy(codes: np.ndarray, row: np.ndarray | None) -> tuple[float, float]:
    """Return the entropy summed over columns in nats, the mean surprise of an observation, with its standard error."""
    observations, columns = codes.shape
    if codes.size == 0:
        return 0.0, 0.0
    width = int(codes.max()) + 1
    cells = codes + np.arange(columns) * width
    counts = np.bincount(cells.ravel(), minlength=columns * width)
    surprise = -np.log(np.maximum(counts, 1) / observations)[cells].sum(axis=1)
    value = max(float(surprise.mean()), 0.0)
    if row is None:
        return value, float(surprise.std() / np.sqrt(observations))
    return value, ratio_of_sums(np.bincount(row, surprise), np.bincount(row))[1]


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


def _text(comparison: Comparison) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return, for both sides, the codes of equally many words from whole rows in random order, and the words' rows."""
    synthetic, reference = (view.words for view in comparison.views)
    place = {word: code for code, word in enumerate(dict.fromkeys([*synthetic.types, *reference.types]))}
    words = min(len(synthetic.ids), len(reference.ids))
    found = []
    for name, side in (("synthetic", synthetic), ("reference", reference)):
        shared = np.array([place[word] for word in side.types], dtype=np.int64)
        shuffled = side.shuffle(generator(derive_seed("entropy", name, comparison.seed)))
        found.append((shared[shuffled.ids[:words]][:, None], shuffled.row[:words]))
    return found


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
