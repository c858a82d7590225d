"""Numeric columns cut where the anchor has equally many values."""

import numpy as np
import polars as pl

from outcross.resources.schema import Schema

BINS = 10
"""Bins of equal anchor frequency of a numeric column."""


def numeric_tenths(anchor: pl.DataFrame, schema: Schema) -> dict[str, np.ndarray]:
    """The nine inner edges between the tenths of each numeric column of the anchor."""
    edges = {}
    for column in schema.numeric:
        observed = anchor[column.name].cast(pl.Float64).fill_nan(None).drop_nulls().to_numpy()
        inner = np.arange(1, BINS) / BINS
        edges[column.name] = np.unique(np.quantile(observed, inner)) if len(observed) else np.zeros(0)
    return edges
