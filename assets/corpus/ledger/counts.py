"""Rows counted by what the ledger distinguishes: origin, depth, generator and licence."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import polars as pl

from outcross.assets.corpus.ledger.version import Count

KIND = ("origin", "depth", "generator", "licence")
"""Columns that say which count a row belongs to."""


def count_rows(path: Path) -> tuple[Count, ...]:
    """Count a part's rows by origin, depth, generator and licence."""
    found = pl.scan_parquet(path).group_by(KIND).len("rows").sort(KIND).collect(engine="streaming")
    return tuple(Count(**row) for row in found.iter_rows(named=True))


def add_counts(first: Sequence[Count], second: Sequence[Count]) -> tuple[Count, ...]:
    """Add counts of the same kind of rows together."""
    rows: dict[Count, int] = {}
    for each in (*first, *second):
        kind = replace(each, rows=0)
        rows[kind] = rows.get(kind, 0) + each.rows
    return tuple(replace(kind, rows=count) for kind, count in rows.items())
