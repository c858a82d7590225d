"""The composition and diversity of a corpus, to compare it before and after a trim."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.corpus.bound_in_rows import not_real
from outcross.assets.corpus.files import KEY
from outcross.assets.corpus.guards.sketch import DistinctCounter
from outcross.assets.corpus.ledger.records import Count
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.trim.nearest import SECOND, distances_to_others, draw, draw_records, has_distances

SAMPLE = 2_000
"""Rows whose distance to the closest other row is measured."""


@dataclass(frozen=True, kw_only=True)
class Composition:
    """Summary numbers of a corpus.

    Attributes:
        rows: number of rows.
        not_real: rows that count as synthetic.
        share: not_real ÷ rows.
        by_origin: origin → rows.
        by_depth: depth → rows; None where it is unknown.
        repeated: share of rows that repeat an earlier row; estimated beyond two million different rows.
        distance: mean Gower distance of a row to the closest other row, from at most 2,000 rows to at most 10,000; None
            where rows have no distance.
    """

    rows: int
    not_real: int
    share: float
    by_origin: dict[str, int]
    by_depth: dict[int | None, int]
    repeated: float
    distance: float | None


def measure_composition(corpus: OpenCorpus, rows: pl.LazyFrame, counts: Sequence[Count]) -> Composition:
    """Measure the composition of a corpus.

    Args:
        corpus: the open corpus.
        rows: from :func:`outcross.assets.corpus.contents.scan_rows`.
        counts: of these rows.
    """
    found, doubtful = totals(counts), not_real(counts)
    different = DistinctCounter()
    for hashes in rows.select(pl.col("content").hash()).collect_batches():
        different.add(hashes["content"].to_numpy())
    return Composition(
        rows=found.rows,
        not_real=doubtful,
        share=doubtful / found.rows if found.rows else 0.0,
        by_origin=found.by_origin,
        by_depth=found.by_depth,
        repeated=max(1 - different.count / found.rows, 0.0) if found.rows else 0.0,
        distance=_distance(corpus, rows, found.rows),
    )


def _distance(corpus: OpenCorpus, rows: pl.LazyFrame, of: int) -> float | None:
    schema = corpus.schema
    if not has_distances(schema):
        return None
    sample = draw(rows.select(*KEY, "content", *schema.names), SAMPLE, of=of, half=SECOND)
    found = distances_to_others(sample, draw_records(rows, schema, of=of), schema)
    known = found[np.isfinite(found)]
    return float(known.mean()) if len(known) else None
