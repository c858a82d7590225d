"""How near rows of a corpus lie to other rows of it: sampled, so that neither time nor memory grows with the corpus.

Rows are drawn by their content's hash: the same rows whatever the order, and more of them as a corpus grows.
"""

import numpy as np
import polars as pl

from assets.evaluation.gower import nearest_records
from assets.intake.contents import KEY
from resources.schema import Schema

RECORDS = 10_000
"""Rows among which the nearest is sought."""
HASH = pl.col("content").str.slice(16)
"""Half of the hash, by which rows are drawn that are compared with the records, which are drawn by all of it."""


def has_distances(schema: Schema) -> bool:
    """Whether rows have a distance: texts have none."""
    return schema.modality == "table" and bool(schema.numeric or schema.discrete)


def draw_records(rows: pl.LazyFrame, schema: Schema) -> pl.DataFrame:
    """Draw the rows of a corpus among which the nearest is sought."""
    wanted = rows.select(*KEY, "content", *schema.names)
    return wanted.bottom_k(RECORDS, by=["content", *KEY]).collect(engine="streaming")


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
