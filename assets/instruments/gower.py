"""Gower distances from rows to the records nearest to them."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.instruments.drawing import Rows, draw_rows
from outcross.resources.schema import Schema

MOST_ROWS = 2_000
"""Rows whose distances a metric seeks, to all records."""
ROWS, RECORDS = 64, 4_096
"""Pairs compared at a time: their distances, 1 MiB of float32, stay in a core's cache."""
LEAST, MOST, MISSING = -1.0, 2.0, -3.0
"""Records lie in 0…1; a value beyond LEAST or MOST is 1 or more from any of them, and a missing one from any value."""


@dataclass(frozen=True)
class Nearest:
    """The records nearest to each row.

    Attributes:
        first: (rows,) distance to the nearest record, between 0 and 1.
        second: (rows,) distance to the second nearest; infinite where there is one record.
        record: (rows,) which one is the nearest; of several, the first.
    """

    first: np.ndarray
    second: np.ndarray
    record: np.ndarray


def closest_distances(rows: pl.DataFrame, records: pl.DataFrame, schema: Schema) -> np.ndarray:
    """(rows,) distance of each row to the closest record, as SDMetrics 0.32 computes its "DCR".

    Gower (1971, Biometrics 27:857): the mean over columns of |difference| ÷ range of the records, at most 1, for
    numbers (0 or 1 where the records have no range) and of 0 or 1, equal or not, for levels. Two nulls are equal; null
    and a value are 1 apart. Images and texts have no distance here.
    """
    return nearest_records(rows, records, schema).first


def nearest_records(rows: pl.DataFrame, records: pl.DataFrame, schema: Schema) -> Nearest:
    """Find the two nearest records of every row by comparing all pairs, at a memory that does not grow with them."""
    numeric, codes = _encode(rows, records, schema)
    columns = len(numeric[0]) + len(codes[0])
    first, second = np.full((2, rows.height), np.inf)
    found = Nearest(first, second, np.zeros(rows.height, dtype=np.intp))
    for rows_at, records_at in _blocks(rows.height, records.height):
        distances = _block(
            *([side[:, at] for side, at in zip(kind, (rows_at, records_at), strict=True)] for kind in (numeric, codes))
        )
        distances /= columns
        _keep_nearest(found, distances, rows_at, records_at.start)
    return found


def sample_rows(rows: Rows, seed: int) -> Rows:
    """At most ``MOST_ROWS`` rows, drawn without replacement, in their order: those whose distances are sought."""
    return draw_rows(rows, MOST_ROWS, seed)


def _blocks(rows: int, records: int) -> Iterator[tuple[slice, slice]]:
    for start in range(0, rows, ROWS):
        for other in range(0, records, RECORDS):
            yield slice(start, start + ROWS), slice(other, other + RECORDS)


def _block(numeric: list[np.ndarray], codes: list[np.ndarray]) -> np.ndarray:
    """(rows, records) distances summed over columns, float32."""
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
    """Merge a block of distances into what was found before it."""
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
    """(numeric columns, rows) float32, in ranges of the records, and (discrete columns, rows) codes, a side each."""
    numeric = tuple(np.empty((len(schema.numeric), side.height), dtype=np.float32) for side in (rows, records))
    for place, column in enumerate(schema.numeric):
        values = [side[column.name].cast(pl.Float64).to_numpy() for side in (rows, records)]
        for out, scaled in zip(numeric, _scale(*values), strict=True):
            out[place] = scaled
    both = pl.concat([side.select(column.name for column in schema.discrete) for side in (rows, records)])
    ranks = [column.rank("dense").fill_null(0).to_numpy() for column in both]
    kind = np.min_scalar_type(max((int(column.max()) for column in ranks), default=0))
    codes = np.array(ranks, dtype=kind).reshape(len(ranks), rows.height + records.height)
    return (numeric[0], numeric[1]), (codes[:, : rows.height], codes[:, rows.height :])


def _scale(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(value − least) ÷ range of y; where y has no range, a value that differs from it is far from it."""
    known = y[np.isfinite(y)]
    least, most = (known.min(), known.max()) if len(known) else (np.nan, np.nan)
    sides = []
    for values in (x, y):
        with np.errstate(over="ignore", invalid="ignore"):
            scaled = (values - least) / (most - least) if most > least else np.where(values == least, 0.0, MOST)
        sides.append(np.where(np.isnan(values), MISSING, np.clip(scaled, LEAST, MOST)))
    return sides[0], sides[1]
