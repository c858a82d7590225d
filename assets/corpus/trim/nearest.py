"""How near rows of a corpus lie to other rows of it: sampled, so that neither time nor memory grows with the corpus.

Rows are drawn by their content's hash: the same rows whatever the order, and more of them as a corpus grows.
"""

import numpy as np
import polars as pl

from outcross.assets.corpus.files import KEY
from outcross.assets.instruments.gower import nearest_records
from outcross.resources.schema import Schema

RECORDS = 10_000
"""Rows among which the nearest is sought."""
FIRST, SECOND = 0, 16
"""Halves of the hash: records are drawn by the first, rows that are compared with them by the second."""
_DIGITS = 8


def has_distances(schema: Schema) -> bool:
    """Whether rows have a distance: texts have none."""
    return schema.modality == "table" and bool(schema.numeric or schema.discrete)


def draw(rows: pl.LazyFrame, most: int, *, of: int, half: int) -> pl.DataFrame:
    """Draw rows, in one pass that keeps a few times as many as are wanted.

    Args:
        rows: with ``content`` and what makes a row known.
        most: rows to draw; all of them where there are fewer.
        of: about how many there are.
        half: of the hash, by which to draw.
    """
    hashed = pl.col("content").str.slice(half, _DIGITS).str.to_integer(base=16)
    part = min(1.0, 4 * most / max(of, 1))
    while True:
        kept = rows if part == 1 else rows.filter(hashed < part * 16**_DIGITS)
        found = kept.collect(engine="streaming")
        if found.height >= most or part == 1:
            return found.bottom_k(most, by=[hashed, *KEY])
        part = min(1.0, 4 * part)


def draw_records(rows: pl.LazyFrame, schema: Schema, *, of: int) -> pl.DataFrame:
    """Draw the rows, of so many, among which the nearest is sought."""
    return draw(rows.select(*KEY, "content", *schema.names), RECORDS, of=of, half=FIRST)


def distances_to_others(rows: pl.DataFrame, records: pl.DataFrame, schema: Schema) -> np.ndarray:
    """(rows,) Gower distance of each row to the nearest record that is not itself; infinite where there is none.

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
