"""Sampling of rows where all are too many to compare."""

from typing import TypeVar

import numpy as np
import polars as pl

from outcross.resources.seeds import generator

Rows = TypeVar("Rows", np.ndarray, pl.DataFrame)


def draw_rows(rows: Rows, most: int, seed: int) -> Rows:
    """Return the rows, or ``most`` of them drawn without replacement, in their order."""
    if len(rows) <= most:
        return rows
    return rows[np.sort(generator(seed).choice(len(rows), most, replace=False))]
