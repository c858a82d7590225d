"""The rows of a version of a corpus: every part it names, less the rows that a trim left out.

A row is known by its batch and its position in the batch's file; a row of the anchor by its place there.
"""

from collections.abc import Sequence

import polars as pl

from outcross.assets.corpus.files import ANCHOR, KEY, LEFT_OUT
from outcross.assets.corpus.ledger.version import Version
from outcross.assets.corpus.open_corpus import Anchored
from outcross.assets.corpus.provenance import COLUMNS

_PATH = "path of the part"
_BATCH_IN_PATH = r"/batches/([^/]+)/[^/]+$"


def rows_of(anchored: Anchored, version: Version, columns: Sequence[str] | None = None) -> pl.LazyFrame:
    """The rows of a version, exactly: the anchor's first, then those of each part in its order.

    Args:
        anchored: the corpus.
        version: any of its ledger.
        columns: of ``batch_id``, ``position``, ``content``, the canonical columns and those of provenance; all if None.
    """
    every = ["batch_id", "position", "content", *anchored.schema.names, *COLUMNS]
    anchor = (
        pl.scan_parquet(anchored.files.location(version.parts[0].path))
        .with_columns(batch_id=pl.lit(ANCHOR))
        .select(every)
    )
    return pl.concat([anchor, _since_anchor(anchored, version, every)]).select(every if columns is None else columns)


def contents(anchored: Anchored, version: Version) -> pl.LazyFrame:
    """``content`` of the rows that came since the anchor; a row that was left out may come again."""
    return _since_anchor(anchored, version, ["batch_id", "position", "content"]).select("content")


def left_out(anchored: Anchored, version: Version) -> pl.LazyFrame:
    """``batch_id``, ``position`` and ``content`` of the rows that are in the parts and not in the version."""
    paths = [anchored.files.location(part.path) for part in version.left_out]
    return pl.scan_parquet(paths) if paths else pl.LazyFrame(schema=LEFT_OUT)


def _since_anchor(anchored: Anchored, version: Version, columns: Sequence[str]) -> pl.LazyFrame:
    paths = [anchored.files.location(part.path) for part in version.parts[1:]]
    if not paths:
        types = {**LEFT_OUT, **anchored.schema.polars, **COLUMNS}
        return pl.LazyFrame(schema={name: types[name] for name in columns})
    rows = (
        pl.scan_parquet(paths, include_file_paths=_PATH)
        .with_columns(batch_id=pl.col(_PATH).str.extract(_BATCH_IN_PATH))
        .select(columns)
    )
    if not version.left_out:
        return rows
    return rows.join(left_out(anchored, version).select(KEY), on=KEY, how="anti", maintain_order="left")
