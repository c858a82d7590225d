"""The edges of equal bins over the range of some numbers, whatever that range is."""

from contextlib import suppress

import numpy as np


def bin_edges(values: np.ndarray, bins: int) -> np.ndarray:
    """Return the edges of equal bins over the finite values, from the least to the largest.

    There is one bin, a float wider than the values on both sides, where the range is too small for floats to divide,
    or too large for them to measure. Values that are all equal are in the middle of bins over a range of 1.

    Args:
        values: numbers; where none is finite, the range is 0 to 1.
        bins: how many there are in other ranges.
    """
    finite = values[np.isfinite(values)]
    if not len(finite):
        return np.linspace(0.0, 1.0, bins + 1)
    least, largest = float(finite.min()), float(finite.max())
    with np.errstate(over="ignore"):
        measured = np.isfinite(largest - least)
    if measured:
        with suppress(ValueError):  # which NumPy raises where two edges would be one
            return np.histogram_bin_edges(finite, bins=bins)
    return np.nextafter([least, largest], [-np.inf, np.inf])
