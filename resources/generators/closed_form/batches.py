"""Cohorts as arrays: the numeric columns of all replicates, grouped by number of rows."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.generators.contract import Budget
from outcross.resources.seeds import generator


def numeric_values(rows: pl.DataFrame, names: Sequence[str], *, kind: str) -> np.ndarray:
    """Return columns as floats (rows, d).

    Raises:
        BadInput: a column has nulls, NaN or infinities.
    """
    values = np.column_stack([rows[name].cast(pl.Float64).to_numpy() for name in names])
    wrong = ~np.isfinite(values).all(axis=0)
    if wrong.any():
        name = names[int(np.argmax(wrong))]
        raise BadInput(f"generator '{kind}': column '{name}' has nulls or values that are not finite; drop those rows")
    return values


def replicate_sizes(rows: pl.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return the replicates of a cohort's rows, ascending, and the number of rows of each."""
    return np.unique(rows["replicate"].to_numpy(), return_counts=True)


def batches(sizes: np.ndarray, *arrays: np.ndarray) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield (indices of the replicates, each array as (K, M, …)) for each distinct number of rows M.

    Args:
        sizes: rows of each replicate, in order.
        arrays: the rows of all replicates, concatenated.
    """
    if len(set(sizes.tolist())) == 1:
        yield np.arange(len(sizes)), *(array.reshape(len(sizes), sizes[0], *array.shape[1:]) for array in arrays)
        return
    starts = np.cumsum(sizes) - sizes
    for size in np.unique(sizes):
        chosen = np.flatnonzero(sizes == size)
        positions = starts[chosen, np.newaxis] + np.arange(size)
        yield chosen, *(array[positions] for array in arrays)


def standard_normals(replicates: Sequence[int], seeds: Mapping[int, int], shape: tuple[int, ...]) -> np.ndarray:
    """Draw standard normal noise for each replicate from its own seed: (K, *shape)."""
    return np.stack([generator(seeds[number]).standard_normal(shape) for number in replicates])


def closed_form_budget(sizes: np.ndarray) -> Budget:
    """Return the budget of a closed-form fit: one step over each replicate's rows."""
    rows = sizes.tolist()
    return Budget(rows=rows, tokens=[0] * len(rows), steps=1, rows_seen=rows)
