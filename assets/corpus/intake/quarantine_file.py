"""Rows as quarantine keeps them, and the file that has those of one batch."""

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from outcross.assets.corpus.files import POSTERIOR, QUARANTINE
from outcross.assets.corpus.intake.reading import CHUNK
from outcross.assets.corpus.intake.staged_batch import StagedBatch
from outcross.assets.corpus.rows_file import RowsFile
from outcross.assets.corpus.undeclared.batch_share import BatchShare
from outcross.resources.schema import Schema
from outcross.resources.typed_rows import for_users


def write_quarantine(
    staged: StagedBatch, reasons: Sequence[str], to: Path, schema: Schema, *, share: BatchShare
) -> None:
    """Write the quarantined rows chunk by chunk, in the order of their file.

    Args:
        staged: the batch.
        reasons: against the batch as a whole; if there are any, all its rows are quarantined, and each has them beside
            its own.
        to: Parquet of :data:`~.files.QUARANTINE` and :data:`~.files.POSTERIOR`.
        schema: the columns of a row.
        share: the estimate for the batch, which knows the posterior of rows without reasons of their own.
    """
    of_batch, file = pl.Series([list(reasons)], dtype=pl.List(pl.String)), RowsFile(to)
    own = pl.read_parquet(staged.quarantine, glob=False).sort("position")
    own = own.with_columns(
        pl.concat_list("reasons", of_batch.new_from_index(0, own.height)),
        *(pl.lit(None, dtype=dtype).alias(name) for name, dtype in POSTERIOR.items()),
    )
    for start in range(0, staged.rows_admissible if reasons else 0, CHUNK):
        rows = pl.scan_parquet(staged.admissible, glob=False).slice(start, CHUNK).collect()
        before = pl.col("position") < rows["position"][-1]
        others = quarantine_frame(rows, of_batch.new_from_index(0, rows.height), schema)
        others = others.hstack(share.with_posteriors(rows).select(*POSTERIOR))
        file.add(pl.concat([own.filter(before), others]).sort("position"))
        own = own.filter(~before)
    file.add(own)
    file.close(pl.DataFrame(schema=QUARANTINE | POSTERIOR))


def quarantine_frame(rows: pl.DataFrame, reasons: pl.Series, schema: Schema) -> pl.DataFrame:
    """Put rows that fit the schema as quarantine keeps them: :data:`~.files.QUARANTINE`."""
    shown = for_users(rows, schema)
    raw = shown.select(raw=pl.struct(pl.exclude("position", "content")).struct.json_encode())["raw"]
    return pl.DataFrame({"position": rows["position"], "raw": raw, "reasons": reasons}, schema=QUARANTINE)
