"""Batch-level numbers: what one pass over a batch says beside the anchor's profile, each with its range by chance.

Images and texts are counted (nulls, rows that differ) but not looked into: no drift, tails or distances of them.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import polars as pl

from outcross.assets.corpus.guards.measures import columns, diversity, drift, groups, privacy, provenance, rare, tails
from outcross.assets.corpus.guards.measures.contract import Batch, Measure, Reading
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.guards.scan import Scanned, hash_rows, scan

MEASURES: tuple[Measure, ...] = tuple(
    each.measure for each in (provenance, columns, tails, rare, diversity, groups, drift, privacy)
)


def measure_batch(
    files: Sequence[Any],
    profile: Profile,
    anchor: pl.DataFrame,
    *,
    licences: Collection[str] | None = None,
    seed: int = 0,
    threads: int | None = None,
) -> list[Reading]:
    """Read a batch once and measure everything that batch-level guards watch.

    Args:
        files: Parquet files of canonical rows with their provenance, see :func:`.scan.scan`.
        profile: of the anchor.
        anchor: its canonical rows, to tell batches from and to find copies of.
        licences: those that are allowed; None: any.
        seed: of the rows drawn.
        threads: see :func:`outcross.assets.corpus.guards.scan.scan`.

    Returns:
        Readings; of a batch without rows, that alone.

    Raises:
        BadInput: a file lacks a column, or is no Parquet file.
    """
    hashes = hash_rows(anchor, profile.scales)
    scanned = scan(files, profile.scales, seed=seed, anchor_hashes=hashes, licences=licences, threads=threads)
    return list(readings(scanned, profile, anchor, seed=seed))


def readings(scanned: Scanned, profile: Profile, anchor: pl.DataFrame, *, seed: int) -> Iterator[Reading]:
    """Turn what a pass found into readings."""
    yield Reading("rows", "rows", "", scanned.counts.rows)
    if not scanned.counts.rows:
        return
    batch = Batch(scanned=scanned, profile=profile, anchor=anchor, seed=seed)
    for measure in MEASURES:
        yield from measure(batch)
