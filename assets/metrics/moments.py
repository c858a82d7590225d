"""Variance ratio: whether the variance of synthetic rows is smaller or larger than that of the reference."""

import numpy as np
import polars as pl

from outcross.assets.metrics.contract import ROWS, Comparison, Measurement, RowMetric
from outcross.assets.metrics.endpoint import Definition, Endpoint, Reading

ENDPOINTS = (
    Endpoint(
        "variance_ratio",
        Definition.SHAPE_DEFORMS,
        Reading.VARIANCE,
        "one",
        "geometric mean over features of synthetic ÷ real variance",
    ),
)


def measure(comparison: Comparison) -> list[Measurement]:
    """Measure ``variance_ratio`` over the numeric columns of a table, or the main directions of images.

    A table without numeric columns has none. Nulls and values that are not finite are left out.
    """
    synthetic, reference = (_columns(comparison, rows) for rows in (comparison.synthetic, comparison.reference))
    if synthetic.shape[1] == 0:
        return []
    return [Measurement("variance_ratio", *variance_ratio(synthetic, reference))]


def variance_ratio(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Return the geometric mean over columns of the variance of x ÷ that of y, variances with n − 1.

    A column that is constant in both counts as unchanged. A column that is constant in x alone makes the ratio 0, one
    that is constant in y alone infinite, and both together NaN. The standard error is the delta method's, and includes
    the columns' dependence; it is NaN unless the ratio is positive and finite.

    Args:
        x: (rows, columns), NaN for a missing value.
        y: (rows, columns) of the other side.
    """
    (logs_x, error_x), (logs_y, error_y) = _log_variances(x), _log_variances(y)
    with np.errstate(invalid="ignore"):
        changes = np.where(np.isneginf(logs_x) & np.isneginf(logs_y), 0.0, logs_x - logs_y)
        ratio = float(np.exp(changes.mean()))
    error = ratio * float(np.hypot(error_x, error_y))
    return ratio, error if np.isfinite(changes).all() else float("nan")


def _log_variances(columns: np.ndarray) -> tuple[np.ndarray, float]:
    """Return (columns,) ln variance, −inf for a constant column, and the standard error of their mean."""
    observed = np.isfinite(columns)
    rows = np.maximum(observed.sum(axis=0), 1)
    means = np.where(observed, columns, 0.0).sum(axis=0) / rows
    squares = np.where(observed, columns - means, 0.0) ** 2
    variances = squares.sum(axis=0) / np.maximum(rows - 1, 1)
    highest = np.where(observed, columns, -np.inf).max(axis=0)
    lowest = np.where(observed, columns, np.inf).min(axis=0)
    spread = (highest > lowest) & (variances > 0)
    safe = np.where(spread, variances, 1.0)
    influence = np.where(observed & spread, (squares / safe - 1) * len(columns) / rows, 0.0).mean(axis=1)
    logs = np.where(spread, np.log(safe), -np.inf)
    return logs, float(influence.std() / np.sqrt(len(columns)))


def _columns(comparison: Comparison, rows: pl.DataFrame) -> np.ndarray:
    """Return (rows, columns) float64, with NaN for null."""
    probe = comparison.probe
    if comparison.schema.modality == "image":
        return probe.view(rows, seed=comparison.seed).points[:, probe.main_columns]
    numeric = [pl.col(column.name).cast(pl.Float64) for column in comparison.schema.numeric]
    return rows.select(numeric).to_numpy().reshape(rows.height, len(numeric))


METRIC = RowMetric(
    name="variance_ratio",
    modalities=ROWS,
    measure=measure,
    endpoints=ENDPOINTS,
)
