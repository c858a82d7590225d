"""Measures of agreement between two sets of rows, of losses or of arrays."""

import numpy as np
import polars as pl

from outcross.resources.generators.contract import Tensors
from outcross.resources.schema import Column, Role, Schema

MAX_DIFFERING_SHARE = 0.05
"""Largest share of differing cells between models that are equal up to the last digits of floats."""
LOSS_TOLERANCE = 1e-3
"""Relative and absolute tolerance of losses that must agree up to the last digits of floats."""
SAME_NUMBER = 1e-6
"""Tolerance of equal numbers, as a share of the column's standard deviation."""


def largest_difference(first: pl.DataFrame, second: pl.DataFrame, schema: Schema) -> tuple[float, str]:
    """Return the largest share of differing cells over the columns, and the name of that column."""
    return max((_differing_share(first[each.name], second[each.name], each), each.name) for each in schema.columns)


def distance(first: pl.DataFrame, second: pl.DataFrame, schema: Schema) -> float:
    """Return the mean distance of rows at the same positions, over positions and columns, in standard deviations."""
    return float(np.mean([_distances(first[each.name], second[each.name], each).mean() for each in schema.columns]))


def losses_agree(first: pl.DataFrame | None, second: pl.DataFrame | None) -> bool:
    """Return whether losses are equal up to the last digits of floats."""
    if first is None or second is None:
        return first is second
    return first.drop("nats").equals(second.drop("nats")) and np.allclose(
        first["nats"], second["nats"], rtol=LOSS_TOLERANCE, atol=LOSS_TOLERANCE, equal_nan=True
    )


def same_bytes(first: Tensors, second: Tensors) -> bool:
    """Return whether arrays have the same names, types, shapes and bytes."""
    return first.keys() == second.keys() and all(
        array.dtype == second[name].dtype
        and array.shape == second[name].shape
        and array.tobytes() == second[name].tobytes()
        for name, array in first.items()
    )


def _differing_share(first: pl.Series, second: pl.Series, column: Column) -> float:
    match column.role:
        case Role.IMAGE:
            differ = _grey(first, second) > 1
        case Role.NUMERIC:
            differ = _numeric_distances(first, second) > SAME_NUMBER
        case _:
            differ = first.ne_missing(second).to_numpy()
    return float(differ.mean()) if differ.size else 0.0


def _distances(first: pl.Series, second: pl.Series, column: Column) -> np.ndarray:
    distances: np.ndarray
    match column.role:
        case Role.IMAGE:
            assert column.levels is not None
            distances = np.minimum(_grey(first, second).mean(axis=1) / column.levels, 1.0)
            return distances
        case Role.NUMERIC:
            distances = np.minimum(_numeric_distances(first, second), 1e6)
            return distances
        case Role.TEXT:
            return np.array([_text_distance(*texts) for texts in zip(first, second, strict=True)])
        case _:
            return first.ne_missing(second).to_numpy().astype(np.float64)


def _grey(first: pl.Series, second: pl.Series) -> np.ndarray:
    """Absolute differences of grey values (N, pixels); infinite where one image is missing."""
    one, other = (_pixels(column) for column in (first, second))
    return np.where(np.isnan(one) & np.isnan(other), 0.0, np.nan_to_num(np.abs(one - other), nan=np.inf))


def _pixels(column: pl.Series) -> np.ndarray:
    """Grey values (N, pixels), NaN where an image is missing."""
    assert isinstance(column.dtype, pl.Array)
    missing = [np.nan] * column.dtype.size
    return np.array([missing if image is None else image for image in column.to_list()], dtype=np.float64)


def _numeric_distances(first: pl.Series, second: pl.Series) -> np.ndarray:
    """Absolute differences (N,) in standard deviations of the first column; infinite where one value is missing."""
    one, other = (column.cast(pl.Float64).fill_null(np.nan).to_numpy() for column in (first, second))
    spread = float(np.nanstd(one)) if np.isfinite(one).any() else 0.0
    apart = np.abs(one - other) / (spread or 1.0)
    return np.where(np.isnan(one) & np.isnan(other), 0.0, np.nan_to_num(apart, nan=np.inf))


def _text_distance(first: str | None, second: str | None) -> float:
    """Share of the positions at which the characters of two texts differ."""
    one, other = first or "", second or ""
    longest = max(len(one), len(other))
    equal = sum(a == b for a, b in zip(one, other, strict=False))
    return 1 - equal / longest if longest else 0.0
