"""Deduplication: of equal rows, a generation keeps one."""

from typing import Literal

import polars as pl

from outcross.assets.study.curations.contract import Classify, Curation
from outcross.resources.schema import Schema


class Deduplicate(Curation):
    """Keep the first of equal rows; all columns are compared."""

    kind: Literal["deduplicate"] = "deduplicate"

    def keep(
        self, proposed: pl.DataFrame, *, kept: pl.DataFrame, schema: Schema, classify: Classify, seed: int
    ) -> pl.Series:
        """Keep each row that differs from all rows before it, in this round and in earlier ones."""
        seen = pl.concat([kept.select(schema.names), proposed.select(schema.names)])
        return seen.select(pl.struct(schema.names).is_first_distinct()).to_series().slice(kept.height)
