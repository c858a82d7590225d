"""Gower distance of rows to their nearest records (DCR)."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.instruments.drawing import Rows, draw_rows
from outcross.assets.instruments.levels_first import search_levels_first
from outcross.resources.schema import Schema

MOST_ROWS = 2_000
"""Most rows whose distances to all records a metric computes."""
ROWS, RECORDS = 64, 4_096
"""Rows and records compared at one time: their distances, 1 MiB of float32, fit a core's cache."""
MANY_RECORDS = 12_000
"""Records from which on comparing levels first is faster."""
LEAST, MOST, MISSING = -1.0, 2.0, -3.0
"""Scaled records are in 0…1: values at LEAST or MOST are at least 1 from all of them, as MISSING is from any value."""


@dataclass(frozen=True)
class Nearest:
    """The nearest records of each row.

    Attributes:
        first: (rows,) distance to the nearest record; between 0 and 1 for Gower's distance.
        second: (rows,) distance to the second nearest; infinite if there is only one record.
        record: (rows,) place of the nearest record; the first of several.
    """

    first: np.ndarray
    second: np.ndarray
    record: np.ndarray


def closest_distances(rows: pl.DataFrame, records: pl.DataFrame, schema: Schema) -> np.ndarray:
    """Return (rows,) the distance of each row to the closest record: the "DCR" of SDMetrics 0.32.

    Gower's distance (1971, Biometrics 27:857) is a mean over columns. A numeric column adds |difference| ÷ range of the
    records, at most 1 (0 or 1 if the records have no range). A discrete column adds 0 for equal levels and 1 for
    others. Two nulls are equal; a null and a value are 1 apart. Images and texts have no such distance.
    """
    return nearest_records(rows, records, schema).first


def nearest_records(rows: pl.DataFrame, records: pl.DataFrame, schema: Schema) -> Nearest:
    """Find the two nearest records of every row, in constant memory.

    All pairs are compared, or of many records those that the levels leave near enough: the result is the same.
    """
    numeric, codes = _encode(rows, records, schema)
    if _levels_decide(numeric[1], codes[1]) and not any(np.isnan(side).any() for side in numeric):
        return Nearest(*search_levels_first(numeric, codes))
    return _compare_all(numeric, codes)


def _levels_decide(numeric: np.ndarray, codes: np.ndarray) -> bool:
    """Return whether (columns, records) are many, and have discrete columns enough to tell most of them apart."""
    return codes.shape[1] >= MANY_RECORDS and len(codes) >= max(2, len(numeric) / 3)


def _compare_all(numeric: tuple[np.ndarray, np.ndarray], codes: tuple[np.ndarray, np.ndarray]) -> Nearest:
    rows, records = (side.shape[1] for side in codes)
    columns = len(numeric[0]) + len(codes[0])
    first, second = np.full((2, rows), np.inf)
    found = Nearest(first, second, np.zeros(rows, dtype=np.intp))
    for rows_at, records_at in _blocks(rows, records):
        distances = _block(
            *([side[:, at] for side, at in zip(kind, (rows_at, records_at), strict=True)] for kind in (numeric, codes))
        )
        distances /= columns
        _keep_nearest(found, distances, rows_at, records_at.start)
    return found


def sample_rows(rows: Rows, seed: int) -> Rows:
    """Return at most ``MOST_ROWS`` rows, drawn without replacement, in their order."""
    return draw_rows(rows, MOST_ROWS, seed)


def _blocks(rows: int, records: int) -> Iterator[tuple[slice, slice]]:
    for start in range(0, rows, ROWS):
        for other in range(0, records, RECORDS):
            yield slice(start, start + ROWS), slice(other, other + RECORDS)


def _block(numeric: list[np.ndarray], codes: list[np.ndarray]) -> np.ndarray:
    """Return (rows, records) distances summed over columns, float32."""
    unequal = np.zeros((numeric[0].shape[1], numeric[1].shape[1]), dtype=np.uint16)
    for x, y in zip(*codes, strict=True):
        unequal += x[:, None] != y
    total = unequal.astype(np.float32)
    apart = np.empty_like(total)
    for x, y in zip(*numeric, strict=True):
        np.subtract(x[:, None], y, out=apart)
        np.abs(apart, out=apart)
        if x.min() < 0 or x.max() > 1 or y.min() < 0 or y.max() > 1:
            np.minimum(apart, 1.0, out=apart)
        total += apart
    return total


def _keep_nearest(found: Nearest, distances: np.ndarray, at: slice, start: int) -> None:
    """Merge a block of distances into the nearest records of the blocks before it."""
    lines = np.arange(len(distances))
    record = distances.argmin(axis=1)
    first = distances[lines, record].astype(np.float64)
    distances[lines, record] = np.inf
    second = distances.min(axis=1).astype(np.float64)
    nearer = first < found.first[at]
    found.second[at] = np.where(nearer, np.minimum(found.first[at], second), np.minimum(found.second[at], first))
    found.record[at] = np.where(nearer, start + record, found.record[at])
    found.first[at] = np.where(nearer, first, found.first[at])


def _encode(
    rows: pl.DataFrame, records: pl.DataFrame, schema: Schema
) -> tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]:
    """Return (numeric columns, rows) float32 in ranges of the records and (discrete columns, rows) codes, per side."""
    numeric = tuple(np.empty((len(schema.numeric), side.height), dtype=np.float32) for side in (rows, records))
    for place, column in enumerate(schema.numeric):
        values = [side[column.name].cast(pl.Float64).to_numpy() for side in (rows, records)]
        for out, scaled in zip(numeric, _scale(*values), strict=True):
            out[place] = scaled
    both = pl.concat([side.select(column.name for column in schema.discrete) for side in (rows, records)])
    levels = [_number_levels(column) for column in both]
    kind = np.min_scalar_type(max((int(column.max()) for column in levels if len(column)), default=0))
    codes = np.array(levels, dtype=kind).reshape(len(levels), rows.height + records.height)
    return (numeric[0], numeric[1]), (codes[:, : rows.height], codes[:, rows.height :])


def _number_levels(column: pl.Series) -> np.ndarray:
    """Return a number for each level, and another one for null."""
    levels = column.drop_nulls().unique(maintain_order=True)
    numbers: np.ndarray = column.cast(pl.Enum(levels)).to_physical().cast(pl.UInt32).fill_null(len(levels)).to_numpy()
    return numbers


def _scale(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (value − least) ÷ range of y; if y has no range, another value is ``MOST``."""
    known = y[np.isfinite(y)]
    least, most = (known.min(), known.max()) if len(known) else (np.nan, np.nan)
    sides = []
    for values in (x, y):
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (values - least) / (most - least) if most > least else np.where(values == least, 0.0, MOST)
        sides.append(np.where(np.isnan(values), MISSING, np.clip(scaled, LEAST, MOST)))
    return sides[0], sides[1]
