"""What the rows of a batch state of themselves, completed by what was claimed of them."""

import polars as pl

from outcross.assets.corpus.intake.reading import Chunk
from outcross.assets.corpus.open_corpus import OpenCorpus, with_content_hash
from outcross.assets.corpus.provenance import COLUMNS, RowClaims


def with_provenance(chunk: Chunk, corpus: OpenCorpus, claims: RowClaims) -> pl.DataFrame:
    """Add the content hash, and fill in the claims where a row states nothing itself."""
    stated = claims.of(chunk.rows["position"])
    columns = []
    for name in COLUMNS:
        default = pl.lit(stated[name])
        own = chunk.rows.columns
        columns.append((pl.coalesce(pl.col(name), default) if name in own else default).alias(name))
    passed = pl.when((pl.col("origin") == "real") & pl.col("depth").is_null()).then(0).otherwise(pl.col("depth"))
    rows = (
        with_content_hash(chunk.rows, corpus.schema)
        .with_columns(columns)
        .with_columns(passed.cast(pl.Int32).alias("depth"))
    )
    return rows.select("position", "content", *corpus.stored.names, *COLUMNS)
