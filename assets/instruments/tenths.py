"""Deciles of the anchor's numeric columns."""

import numpy as np
import polars as pl

from outcross.resources.schema import Schema

BINS = 10
"""Bins of a numeric column, each with equally many values of the anchor."""


def numeric_tenths(anchor: pl.DataFrame, schema: Schema) -> dict[str, np.ndarray]:
    """Return the nine inner deciles of each numeric column of the anchor; equal ones are merged."""
    edges = {}
    for column in schema.numeric:
        observed = anchor[column.name].cast(pl.Float64).fill_nan(None).drop_nulls().to_numpy()
        inner = np.arange(1, BINS) / BINS
        edges[column.name] = np.unique(np.quantile(observed, inner)) if len(observed) else np.zeros(0)
    return edges
