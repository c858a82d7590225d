"""Nearest records by Gower's distance where records are many: numbers are compared only where levels leave a chance.

A record is at least as far as the number of its levels that differ. So those with the fewest unequal levels are
compared first, and the others only while they could still be the second nearest. The result is that of comparing all
pairs, to the bit: columns are added in the same order, and a record is left out only if it is farther for certain.
"""

import numpy as np


def search_levels_first(
    numeric: tuple[np.ndarray, np.ndarray], codes: tuple[np.ndarray, np.ndarray]
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return (rows,) the distance to the nearest and to the second nearest record, and the place of the nearest.

    Args:
        numeric: (numeric columns, rows) and (numeric columns, records), float32 in ranges of the records, never NaN.
        codes: (discrete columns, rows) and (discrete columns, records); equal levels have equal codes. At least one
            record.
    """
    columns = len(numeric[0]) + len(codes[0])
    least = np.arange(len(codes[0]) + 2, dtype=np.float32) / np.float32(columns)  # of so many unequal levels
    first, second = np.empty((2, codes[0].shape[1]), dtype=np.float32)
    record = np.empty(codes[0].shape[1], dtype=np.intp)
    for row in range(len(record)):
        unequal = _unequal_levels(codes[0][:, row], codes[1])
        most = int(unequal.min())
        while True:
            near = np.flatnonzero(unequal <= most)
            distances = _sum_columns(unequal[near], numeric[0][:, row], numeric[1], near)
            distances /= columns
            nearest = distances.argmin()
            first[row], record[row] = distances[nearest], near[nearest]
            distances[nearest] = np.inf
            second[row] = distances.min()
            if second[row] < least[most + 1] or len(near) == len(unequal):
                break
            most = _next_level(second[row], least, most)
    return first.astype(np.float64), second.astype(np.float64), record


def _unequal_levels(row: np.ndarray, records: np.ndarray) -> np.ndarray:
    """Return (records,) how many levels differ from those of a row, in the smallest integers that hold it."""
    unequal = np.zeros(records.shape[1], dtype=np.min_scalar_type(len(records)))
    differs = np.empty(records.shape[1], dtype=bool)
    as_numbers = differs.view(np.uint8)  # NumPy adds these several times faster than truth values
    for code, of_records in zip(row, records, strict=True):
        np.not_equal(of_records, code, out=differs)
        np.add(unequal, as_numbers, out=unequal)
    return unequal


def _sum_columns(unequal: np.ndarray, row: np.ndarray, records: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the distances of a row to the records at some places, summed over columns, float32."""
    total = unequal.astype(np.float32)
    for value, of_records in zip(row, records, strict=True):
        apart = of_records.take(places)
        np.subtract(apart, value, out=apart)
        np.abs(apart, out=apart)
        np.minimum(apart, 1.0, out=apart)
        total += apart
    return total


def _next_level(second: np.float32, least: np.ndarray, most: int) -> int:
    """Return up to how many unequal levels a record could be as near as the second nearest so far."""
    if np.isinf(second):
        return most + 1
    return min(int(np.searchsorted(least, second, side="right")) - 1, len(least) - 2)
