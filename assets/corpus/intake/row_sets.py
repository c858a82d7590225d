"""The sets of rows that a batch is compared with: its own earlier rows, and those of the corpus by their index.

What is found of each set is a line ``position``, ``kind``, and how alike; :func:`write_reasons` makes a reason of each.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from outcross.assets.corpus.intake.row_index import Arrays, IndexKind, read_holdout, read_index
from outcross.assets.corpus.ledger.totals import totals
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus

NEAR, OVERLAP = "near_duplicates", "holdout_overlap"
GUARDS = (NEAR, OVERLAP)
"""Guards that near copies are held by."""
BATCH, ANCHOR, HOLDOUT, MADE, ADMITTED = range(5)
SETS = (
    "an earlier row of the batch",
    "a row of the anchor",
    "a row of the holdout, which no dataset may contain",
    "a synthetic row of the corpus",
    "another row of the corpus",
)
FOUND: dict[str, pl.DataType] = {"position": pl.Int64(), "guard": pl.String(), "reason": pl.String()}


@dataclass(frozen=True)
class NearCopies:
    """Near copies in a batch.

    Attributes:
        rows: ``position``, ``guard``, ``reason``: a line for each reason against a row.
        abstained: for each set of rows that the batch could not be compared with, why not.
        compared: whether it was compared with any.
    """

    rows: pl.DataFrame
    abstained: tuple[str, ...]
    compared: bool = True


def count_rows(rows: int, corpus: OpenCorpus, last: Version) -> dict[int, int]:
    """Count the rows of each set that has some.

    Args:
        rows: of the batch.
        corpus: the open corpus.
        last: its last version.
    """
    made = totals(last.counts).synthetic
    later = sum(part.rows for part in last.parts[1:])
    counts = {
        BATCH: rows,
        ANCHOR: corpus.every_anchor.height,
        HOLDOUT: corpus.reserved.height,
        MADE: made,
        ADMITTED: max(later - made, 0),
    }
    return {kind: count for kind, count in counts.items() if count}


def read_sets(
    corpus: OpenCorpus, last: Version, index: IndexKind, kinds: Collection[int]
) -> Iterator[tuple[int, Arrays]]:
    """Read the values of the index for the rows of the corpus, some rows of one set at a time."""
    if HOLDOUT in kinds:
        yield HOLDOUT, read_holdout(corpus, index)
    if not {ANCHOR, MADE, ADMITTED} & set(kinds):
        return
    for part in read_index(corpus, last, index):
        of_row = np.where(part.part == 0, ANCHOR, np.where(part.made, MADE, ADMITTED))
        for kind in np.unique(of_row).tolist():
            if kind in kinds:
                yield kind, part.take(np.flatnonzero(of_row == kind)).values


def write_reasons(found: pl.DataFrame, batch: Path, how: pl.Expr, *, overlap: bool = True) -> pl.DataFrame:
    """Write a reason for each near copy.

    Args:
        found: ``position``, ``kind``, and the columns that ``how`` goes by.
        batch: Parquet of ``position`` and ``origin``.
        how: says in which way the rows are alike.
        overlap: whether a near copy of a row of the holdout is held as ``holdout_overlap``.
    """
    made = (
        pl.scan_parquet(batch, glob=False).filter(pl.col("origin") == "synthetic").select("position", made=pl.lit(True))
    )
    rows = found.lazy().join(made, on="position", how="left").collect(engine="streaming")
    whose = pl.col("kind").replace_strict(range(len(SETS)), SETS, return_dtype=pl.String)
    declared = pl.col("made").fill_null(False) & (pl.col("kind") == ANCHOR)
    subject = pl.when(declared).then(pl.lit("the row is declared synthetic and is nearly "))
    of_holdout = (pl.col("kind") == HOLDOUT) & overlap
    return rows.sort("position", "kind").select(
        "position",
        guard=pl.when(of_holdout).then(pl.lit(OVERLAP)).otherwise(pl.lit(NEAR)),
        reason=pl.concat_str(subject.otherwise(pl.lit("the row is nearly ")), whose, pl.lit(": "), how),
    )
