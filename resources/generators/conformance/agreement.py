"""How far two sets of rows, of losses or of arrays are from being the same."""

import numpy as np
import polars as pl

from outcross.resources.generators.contract import Tensors
from outcross.resources.schema import Column, Role, Schema

TOLERATED = 0.05
"""Share of the cells that may differ between models that differ in the last digits of floats."""
LOSS_TOLERANCE = 1e-3
"""Relative and absolute: of losses that are to agree up to the last digits of floats."""
SAME_NUMBER = 1e-6
"""Numbers are the same up to this share of the column's spread."""


def differing(first: pl.DataFrame, second: pl.DataFrame, schema: Schema) -> tuple[float, str]:
    """Return the share of cells that differ in the column where most do, and its name."""
    return max((_share(first[each.name], second[each.name], each), each.name) for each in schema.columns)


def distance(first: pl.DataFrame, second: pl.DataFrame, schema: Schema) -> float:
    """Return how far rows in the same places are from one another, mean over places and columns, in units of spread."""
    return float(np.mean([_apart(first[each.name], second[each.name], each).mean() for each in schema.columns]))


def losses_agree(first: pl.DataFrame | None, second: pl.DataFrame | None) -> bool:
    """Whether losses are the same up to the last digits of floats."""
    if first is None or second is None:
        return first is second
    return first.drop("nats").equals(second.drop("nats")) and np.allclose(
        first["nats"], second["nats"], rtol=LOSS_TOLERANCE, atol=LOSS_TOLERANCE, equal_nan=True
    )


def same_bytes(first: Tensors, second: Tensors) -> bool:
    """Whether arrays have the same names, types, shapes and bytes."""
    return first.keys() == second.keys() and all(
        array.dtype == second[name].dtype
        and array.shape == second[name].shape
        and array.tobytes() == second[name].tobytes()
        for name, array in first.items()
    )


def _share(first: pl.Series, second: pl.Series, column: Column) -> float:
    match column.role:
        case Role.IMAGE:
            differ = _grey(first, second) > 1
        case Role.NUMERIC:
            differ = _numbers_apart(first, second) > SAME_NUMBER
        case _:
            differ = first.ne_missing(second).to_numpy()
    return float(differ.mean()) if differ.size else 0.0


def _apart(first: pl.Series, second: pl.Series, column: Column) -> np.ndarray:
    match column.role:
        case Role.IMAGE:
            assert column.levels is not None
            return np.minimum(_grey(first, second).mean(axis=1) / column.levels, 1.0)
        case Role.NUMERIC:
            return np.minimum(_numbers_apart(first, second), 1e6)
        case Role.TEXT:
            return np.array([_characters_apart(*texts) for texts in zip(first, second, strict=True)])
        case _:
            return first.ne_missing(second).to_numpy().astype(np.float64)


def _grey(first: pl.Series, second: pl.Series) -> np.ndarray:
    """Differences of grey values (N, pixels); infinite where one image is missing."""
    one, other = (_pixels(column) for column in (first, second))
    return np.where(np.isnan(one) & np.isnan(other), 0.0, np.nan_to_num(np.abs(one - other), nan=np.inf))


def _pixels(column: pl.Series) -> np.ndarray:
    """Grey values (N, pixels), NaN where an image is missing."""
    assert isinstance(column.dtype, pl.Array)
    missing = [np.nan] * column.dtype.size
    return np.array([missing if image is None else image for image in column.to_list()], dtype=np.float64)


def _numbers_apart(first: pl.Series, second: pl.Series) -> np.ndarray:
    """Differences (N,) in units of the first column's spread; infinite where one is missing."""
    one, other = (column.cast(pl.Float64).fill_null(np.nan).to_numpy() for column in (first, second))
    spread = float(np.nanstd(one)) if np.isfinite(one).any() else 0.0
    apart = np.abs(one - other) / (spread or 1.0)
    return np.where(np.isnan(one) & np.isnan(other), 0.0, np.nan_to_num(apart, nan=np.inf))


def _characters_apart(first: str | None, second: str | None) -> float:
    """Share of the places in which two texts have other characters."""
    one, other = first or "", second or ""
    longest = max(len(one), len(other))
    equal = sum(a == b for a, b in zip(one, other, strict=False))
    return 1 - equal / longest if longest else 0.0
