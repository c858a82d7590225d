"""DCR within a corpus: the distance of sampled rows to the closest of sampled records, with bounded time and memory.

Samples are bottom-k samples by content hash, so they do not depend on the order of rows.
"""

import numpy as np
import polars as pl

from outcross.assets.corpus.files import KEY
from outcross.assets.instruments.gower import nearest_records
from outcross.resources.schema import Schema

RECORDS = 10_000
"""Rows that the closest record is searched in."""
FIRST, SECOND = 0, 16
"""Offsets of the hash's halves: records are drawn by the first half, and the rows compared with them by the second."""
_DIGITS = 8


def has_distances(schema: Schema) -> bool:
    """Check whether rows have a distance; texts and pictures have none."""
    return schema.modality == "table" and bool(schema.numeric or schema.discrete)


def draw(rows: pl.LazyFrame, most: int, *, of: int, half: int) -> pl.DataFrame:
    """Draw a bottom-k sample by content hash, in one pass that keeps a few times as many rows.

    Args:
        rows: with ``content`` and the key columns.
        most: rows to draw; all rows where there are fewer.
        of: approximate number of rows.
        half: of the hash to draw by, ``FIRST`` or ``SECOND``.
    """
    hashed = pl.col("content").str.slice(half, _DIGITS).str.to_integer(base=16)
    part = min(1.0, 4 * most / max(of, 1))
    while True:
        found = rows.filter(hashed < part * 16**_DIGITS).collect(engine="streaming")
        if found.height >= most or part == 1:
            return found.bottom_k(most, by=[hashed, *KEY])
        part = min(1.0, 4 * part)


def draw_records(rows: pl.LazyFrame, schema: Schema, *, of: int) -> pl.DataFrame:
    """Draw, of about ``of`` rows, the records that the closest one is searched in."""
    return draw(rows.select(*KEY, "content", *schema.names), RECORDS, of=of, half=FIRST)


def distances_to_others(rows: pl.DataFrame, records: pl.DataFrame, schema: Schema) -> np.ndarray:
    """Compute the (rows,) Gower distance to the closest record other than the row itself; infinite without one.

    Args:
        rows: ``batch_id``, ``position`` and the canonical columns.
        records: the same.
        schema: the columns.
    """
    if not rows.height or not records.height:
        return np.full(rows.height, np.inf)
    found = nearest_records(rows.select(schema.names), records.select(schema.names), schema)
    own = rows.select(KEY).join(records.select(*KEY, among=pl.lit(True)), on=KEY, how="left", maintain_order="left")[
        "among"
    ]
    return np.where(own.fill_null(False).to_numpy(), found.second, found.first)
