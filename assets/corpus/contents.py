"""The rows of a version of a corpus: those of every part it names, less those that it leaves out.

What was declared anew of a batch stands in place of what its rows said of themselves.

The key of a row is its batch and its position in the batch's file; for a row of the anchor, its position there.
"""

from collections.abc import Sequence

import polars as pl

from outcross.assets.corpus.declared_anew import as_declared
from outcross.assets.corpus.files import ANCHOR, BATCH_IN_PATH, KEY, LEFT_OUT
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import OpenCorpus
from outcross.assets.corpus.provenance import COLUMNS
from outcross.resources.typed_rows import scan_canonical

_PATH = "path of the part"


def scan_rows(corpus: OpenCorpus, version: Version, columns: Sequence[str] | None = None) -> pl.LazyFrame:
    """Scan the rows of a version: the anchor's first, then those of each part, in the order they were written.

    Args:
        corpus: the open corpus.
        version: any version of its ledger.
        columns: of ``batch_id``, ``position``, ``content``, the stored columns and those of provenance; all if None.
    """
    every = ["batch_id", "position", "content", *corpus.stored.names, *COLUMNS]
    stored = pl.scan_parquet(corpus.files.location(version.parts[0].path), glob=False)
    anchor = scan_canonical(stored, corpus.stored).with_columns(batch_id=pl.lit(ANCHOR)).select(every)
    return pl.concat([anchor, _since_anchor(corpus, version, every)]).select(every if columns is None else columns)


def scan_contents(corpus: OpenCorpus, version: Version) -> pl.LazyFrame:
    """Scan ``content`` of the rows admitted since the anchor.

    Rows left out are missing: those of a trim may be sent again.
    """
    return _since_anchor(corpus, version, ["batch_id", "position", "content"]).select("content")


def scan_left_out(corpus: OpenCorpus, version: Version) -> pl.LazyFrame:
    """Scan ``batch_id``, ``position`` and ``content`` of the rows that were left out of a version."""
    paths = [corpus.files.location(part.path) for part in version.left_out]
    return pl.scan_parquet(paths, glob=False) if paths else pl.LazyFrame(schema=LEFT_OUT)


def _since_anchor(corpus: OpenCorpus, version: Version, columns: Sequence[str]) -> pl.LazyFrame:
    paths = [corpus.files.location(part.path) for part in version.parts[1:]]
    if not paths:
        types = {**LEFT_OUT, **corpus.stored.polars, **COLUMNS}
        return pl.LazyFrame(schema={name: types[name] for name in columns})
    stored = pl.scan_parquet(paths, include_file_paths=_PATH, glob=False)
    rows = scan_canonical(stored, corpus.stored).with_columns(batch_id=pl.col(_PATH).str.extract(BATCH_IN_PATH))
    rows = rows.with_columns(as_declared(version.declarations, columns, pl.col("batch_id"))).select(columns)
    if not version.left_out:
        return rows
    return rows.join(scan_left_out(corpus, version).select(KEY), on=KEY, how="anti", maintain_order="left")
