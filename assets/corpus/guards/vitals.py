"""Batch-level readings: one pass over a batch is compared with the anchor's profile, each with its range by chance.

Texts and pictures have measures of their own, see :mod:`.measures.texts` and :mod:`.measures.pictures`.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import polars as pl

from outcross.assets.corpus.guards.anchor_texts import AnchorTexts
from outcross.assets.corpus.guards.measures import (
    columns,
    diversity,
    drift,
    groups,
    pictures,
    privacy,
    provenance,
    rare,
    tails,
    texts,
)
from outcross.assets.corpus.guards.measures.contract import Batch, Measure, Reading
from outcross.assets.corpus.guards.picture_profile import PictureProfile
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.guards.scan import hash_rows, scan
from outcross.assets.corpus.guards.text_profile import TextProfile

MEASURES: tuple[Measure, ...] = tuple(
    each.measure for each in (provenance, columns, tails, rare, diversity, groups, drift, privacy, texts, pictures)
)


def measure_batch(files: Sequence[Any], profile: Profile, anchor: pl.DataFrame, **how: Any) -> list[Reading]:
    """Read a batch once, and compute every reading that batch-level guards check; see :func:`scan_batch`.

    Returns:
        Readings; for a batch without rows, only ``rows``.
    """
    return list(compute_readings(scan_batch(files, profile, anchor, **how)))


def scan_batch(
    files: Sequence[Any],
    profile: Profile,
    anchor: pl.DataFrame,
    *,
    licences: Collection[str] | None = None,
    seed: int = 0,
    threads: int | None = None,
    text_profile: TextProfile | None = None,
    picture_profile: PictureProfile | None = None,
    anchor_texts: AnchorTexts | None = None,
) -> Batch:
    """Read a batch once.

    Args:
        files: Parquet files of canonical rows with their provenance, see :func:`.scan.scan`.
        profile: of the anchor.
        anchor: its canonical rows, for the classifier and for the search for copies.
        licences: that are allowed; any if None.
        seed: of the rows drawn.
        threads: see :func:`outcross.assets.corpus.guards.scan.scan`.
        text_profile: of the anchor's texts; they are not looked into if None.
        picture_profile: of the anchor's pictures; likewise.
        anchor_texts: a sample of the anchor's texts that was drawn with this seed; drawn anew if None.

    Raises:
        BadInput: a file lacks a column, or is not a Parquet file.
    """
    hashes = hash_rows(anchor, profile.scales)
    scanned = scan(files, profile.scales, seed=seed, anchor_hashes=hashes, licences=licences, threads=threads)
    return Batch(
        scanned=scanned,
        profile=profile,
        anchor=anchor,
        seed=seed,
        texts=text_profile,
        pictures=picture_profile,
        anchor_texts=anchor_texts,
    )


def compute_readings(batch: Batch) -> Iterator[Reading]:
    """Compute the readings from a pass over a batch."""
    yield Reading("rows", "rows", "", batch.rows)
    if not batch.rows:
        return
    for measure in MEASURES:
        yield from measure(batch)
