"""Rare categories and tails of the anchor, which are the first to vanish."""

from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.instruments.embedding import DIMENSIONS, Embedding
from outcross.resources.schema import Schema

RARE = 0.05
"""Share of the anchor's rows below which a level is rare."""
TAIL = 0.01
"""Share of the anchor beyond the edge of each tail, where tails replace rare levels."""


@dataclass(frozen=True)
class Rare:
    """The rare categories of the anchor; exactly one of the three kinds is used.

    Attributes:
        levels: (column, level) of discrete columns.
        tails: numeric column → (lower, upper) edge, beyond which are its tails; ±inf where there is no tail.
        directions: (dimensions, 2) such edges along the main directions of the embedding; no rows if unused.
    """

    levels: list[tuple[str, str]]
    tails: dict[str, tuple[float, float]]
    directions: np.ndarray


def find_rare(anchor: pl.DataFrame, schema: Schema, embedding: Embedding) -> Rare:
    """Find the rare categories of the anchor.

    1. Levels of categorical, group and label columns that under 5 % of its rows have.
    2. Without such levels: both tails of each numeric column, beyond its 1 % and 99 % quantiles.
    3. For images without such levels: both tails along each main direction of the embedding in which they vary.
    4. For discrete columns only, without such levels: the least frequent level of each.
    """
    none = np.zeros((0, 2))
    if levels := rare_levels(anchor, schema):
        return Rare(levels, {}, none)
    if schema.image is not None:
        points = embedding.transform(anchor)[:, : DIMENSIONS["image"]]
        variances = points.var(axis=0)
        varying = int((variances >= 0.01 * variances.mean()).sum())
        return Rare([], {}, np.array([tail_edges(column) for column in points.T[:varying]]).reshape(-1, 2))
    if schema.numeric:
        return Rare([], numeric_tails(anchor, schema), none)
    least = {column: level for column, level, _ in sorted(_levels(anchor, schema), key=lambda found: -found[2])}
    return Rare(list(least.items()), {}, none)


def rare_levels(anchor: pl.DataFrame, schema: Schema) -> list[tuple[str, str]]:
    """Return (column, level) of the levels that under 5 % of the rows have."""
    return [(column, level) for column, level, share in _levels(anchor, schema) if share < RARE]


def numeric_tails(anchor: pl.DataFrame, schema: Schema) -> dict[str, tuple[float, float]]:
    """Return the edges of each numeric column's tails, see :func:`tail_edges`."""
    return {column.name: tail_edges(anchor[column.name].cast(pl.Float64)) for column in schema.numeric}


def _levels(anchor: pl.DataFrame, schema: Schema) -> list[tuple[str, str, float]]:
    """Return (column, level, share of all rows) of every discrete column."""
    return [(column.name, level, share) for column in schema.discrete for level, share in _shares(anchor[column.name])]


def _shares(column: pl.Series) -> list[tuple[str, float]]:
    """Return the levels in alphabetical order, with their share of all rows."""
    counts = column.drop_nulls().value_counts(name="rows").sort(column.name)
    return [(level, count / len(column)) for level, count in counts.iter_rows()]


def tail_edges(values: np.ndarray | pl.Series) -> tuple[float, float]:
    """Return the 1 % and 99 % quantiles; ±inf on a side where the anchor has no value beyond (ties)."""
    observed = np.asarray(values, dtype=np.float64)
    observed = observed[np.isfinite(observed)]
    if len(observed) == 0:
        return -np.inf, np.inf
    lower, upper = np.quantile(observed, [TAIL, 1 - TAIL])
    return (lower if observed.min() < lower else -np.inf), (upper if observed.max() > upper else np.inf)
