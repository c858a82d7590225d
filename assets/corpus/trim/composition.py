"""What a corpus is made of, and how varied it is: to be seen before rows are left out of it, and after."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.assets.corpus.files import KEY
from outcross.assets.corpus.guards.sketch import DistinctCount
from outcross.assets.corpus.ledger.ledger import Count, totals
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.trim.nearest import SECOND, distances_to_others, draw, draw_records, has_distances
from outcross.assets.corpus.trim.past_bound import not_real

SAMPLE = 2_000
"""Rows whose distance to the nearest other is measured."""


@dataclass(frozen=True, kw_only=True)
class Composition:
    """A corpus in a few numbers.

    Attributes:
        rows: all of them.
        not_real: those that count as synthetic.
        share: not_real ÷ rows.
        by_origin: origin → rows.
        by_depth: depth → rows; None where nobody knows it.
        repeated: share of rows that say what an earlier one says; estimated beyond two million rows that differ.
        distance: mean Gower distance of a row to the nearest other; None where rows have none. Of at most 2,000 rows,
            to at most 10,000.
    """

    rows: int
    not_real: int
    share: float
    by_origin: dict[str, int]
    by_depth: dict[int | None, int]
    repeated: float
    distance: float | None


def compose(anchored: Anchored, rows: pl.LazyFrame, counts: Sequence[Count]) -> Composition:
    """Measure a corpus.

    Args:
        anchored: the corpus.
        rows: as :func:`outcross.assets.corpus.contents.rows_of` gives them.
        counts: of these rows.
    """
    found, doubtful = totals(counts), not_real(counts)
    different = DistinctCount()
    for hashes in rows.select(pl.col("content").hash()).collect_batches():
        different.add(hashes["content"].to_numpy())
    return Composition(
        rows=found.rows,
        not_real=doubtful,
        share=doubtful / found.rows if found.rows else 0.0,
        by_origin=found.by_origin,
        by_depth=found.by_depth,
        repeated=max(1 - different.count / found.rows, 0.0) if found.rows else 0.0,
        distance=_distance(anchored, rows, found.rows),
    )


def _distance(anchored: Anchored, rows: pl.LazyFrame, of: int) -> float | None:
    schema = anchored.schema
    if not has_distances(schema):
        return None
    sample = draw(rows.select(*KEY, "content", *schema.names), SAMPLE, of=of, half=SECOND)
    found = distances_to_others(sample, draw_records(rows, schema, of=of), schema)
    known = found[np.isfinite(found)]
    return float(known.mean()) if len(known) else None
