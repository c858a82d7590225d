"""Exact duplicates: rows of a batch that equal a row of the holdout, the anchor, the corpus or the batch itself.

Rows are compared by the hash of their content, see :func:`outcross.assets.anchor.split.content_hashes`. Only the hashes
of the batch are in memory; those of the corpus are streamed, however many there are.
"""

import polars as pl

GUARDS = ("duplicates", "holdout_overlap")


def find_repeats(
    batch: pl.LazyFrame, *, holdout: pl.LazyFrame, anchor: pl.LazyFrame, admitted: pl.LazyFrame
) -> pl.DataFrame:
    """Find the rows that repeat others.

    Args:
        batch: ``position`` (Int64), ``content`` (String), ``origin`` (String).
        holdout: ``content`` of the rows that no dataset may contain.
        anchor: ``content`` of the rows that the corpus started with.
        admitted: ``content`` of the rows admitted since.

    Returns ``position``, ``guard`` (one of :data:`GUARDS`), ``reason``: a line for each reason against a row.
    """
    keyed = batch.select("position", "content", synthetic=pl.col("origin") == "synthetic")
    in_holdout = _among(keyed, holdout, "holdout_overlap", "the row is in the holdout, which no dataset may contain")
    copied = _among(
        keyed.filter("synthetic"),
        anchor,
        "duplicates",
        "the row is declared synthetic and equals a row of the anchor",
    )
    in_anchor = _among(keyed.filter(~pl.col("synthetic")), anchor, "duplicates", "the anchor has this row already")
    in_corpus = _among(
        keyed.join(anchor.select("content"), on="content", how="anti"),
        admitted,
        "duplicates",
        "the corpus has this row already",
    )
    repeated = keyed.filter(pl.col("position") != pl.col("position").min().over("content")).select(
        "position", guard=pl.lit("duplicates"), reason=pl.lit("the batch has this row already")
    )
    return (
        pl.concat([in_holdout, copied, in_anchor, in_corpus, repeated])
        .sort("position", "guard", "reason")
        .collect(engine="streaming")
    )


def _among(rows: pl.LazyFrame, others: pl.LazyFrame, guard: str, reason: str) -> pl.LazyFrame:
    met = others.select("content").join(rows.select("content"), on="content", how="semi").unique()
    return rows.join(met, on="content", how="semi").select("position", guard=pl.lit(guard), reason=pl.lit(reason))
