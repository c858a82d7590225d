"""Rows of a batch that say what other rows say: the holdout's, the anchor's, the corpus's, or earlier ones of its own.

Rows are known by a hash of their content (see :mod:`.split`), so a pass over hashes alone finds them. It
keeps those of the batch, whatever the columns hold, and lets those of the corpus stream by, however many there are.
"""

import polars as pl

GUARDS = ("duplicates", "holdout_overlap")


def repeats(batch: pl.LazyFrame, *, holdout: pl.LazyFrame, anchor: pl.LazyFrame, corpus: pl.LazyFrame) -> pl.DataFrame:
    """Find the rows that repeat others.

    Args:
        batch: ``position`` (Int64), ``content`` (String), ``origin`` (String).
        holdout: ``content`` of the rows that no dataset may contain.
        anchor: ``content`` of the rows that the corpus started with.
        corpus: ``content`` of the rows admitted since.

    Returns ``position``, ``guard`` (one of :data:`GUARDS`), ``reason``: a line for each that speaks against a row.
    """
    keyed = batch.select("position", "content", synthetic=pl.col("origin") == "synthetic")
    held = _among(keyed, holdout, "holdout_overlap", "the row is one of the holdout's, which no dataset may contain")
    copied = _among(
        keyed.filter("synthetic"),
        anchor,
        "duplicates",
        "the row is said to be synthetic and equals one of the anchor's",
    )
    old = _among(keyed.filter(~pl.col("synthetic")), anchor, "duplicates", "the anchor has this row already")
    again = _among(
        keyed.join(anchor.select("content"), on="content", how="anti"),
        corpus,
        "duplicates",
        "the corpus has this row already",
    )
    repeated = keyed.filter(pl.col("position") != pl.col("position").min().over("content")).select(
        "position", guard=pl.lit("duplicates"), reason=pl.lit("the batch has this row already")
    )
    return (
        pl.concat([held, copied, old, again, repeated]).sort("position", "guard", "reason").collect(engine="streaming")
    )


def _among(rows: pl.LazyFrame, others: pl.LazyFrame, guard: str, reason: str) -> pl.LazyFrame:
    met = others.select("content").join(rows.select("content"), on="content", how="semi").unique()
    return rows.join(met, on="content", how="semi").select("position", guard=pl.lit(guard), reason=pl.lit(reason))
