"""Deduplication: a generation holds no row twice."""

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
        """Keep a row that equals none before it, in this round or earlier ones."""
        seen = pl.concat([kept.select(schema.names), proposed.select(schema.names)])
        return seen.select(pl.struct(schema.names).is_first_distinct()).to_series().slice(kept.height)
