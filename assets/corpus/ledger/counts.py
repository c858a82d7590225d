"""Counts of rows by origin, depth, generator and licence, as the ledger records them."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.ledger.records import Count

KIND = ("origin", "depth", "generator", "licence")
"""Columns that rows are counted by."""


def count_rows(path: Path) -> tuple[Count, ...]:
    """Count a part's rows by origin, depth, generator and licence."""
    found = pl.scan_parquet(path, glob=False).group_by(KIND).len("rows").sort(KIND).collect(engine="streaming")
    return tuple(Count(**row) for row in found.iter_rows(named=True))


def count_synthetic(counts: Sequence[Count]) -> int:
    """Add up the rows declared synthetic."""
    return sum(count.rows for count in counts if count.origin == "synthetic")


def add_counts(first: Sequence[Count], second: Sequence[Count]) -> tuple[Count, ...]:
    """Add two lists of counts, kind by kind."""
    rows: dict[Count, int] = {}
    for each in (*first, *second):
        kind = replace(each, rows=0)
        rows[kind] = rows.get(kind, 0) + each.rows
    return tuple(replace(kind, rows=count) for kind, count in rows.items())


def subtract_counts(counts: Sequence[Count], fewer: Sequence[Count]) -> tuple[Count, ...]:
    """Subtract counts, kind by kind; kinds without a row are left out."""
    left = add_counts(counts, [replace(each, rows=-each.rows) for each in fewer])
    return tuple(each for each in left if each.rows)


def subtract_rows(counts: Sequence[Count], rows: pl.DataFrame) -> tuple[Count, ...]:
    """Subtract rows, with the columns of :data:`KIND`, from counts; kinds without a row are left out."""
    fewer = rows.group_by(KIND, maintain_order=True).len("rows").select(*KIND, "rows")
    return subtract_counts(counts, [Count(**row) for row in fewer.iter_rows(named=True)])
