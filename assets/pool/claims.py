"""What a pool states of its rows: who made them, under which licence, after how many models."""

import polars as pl

from outcross.assets.artefacts import POOL, Artefacts
from outcross.assets.corpus.provenance import COLUMNS, PREFIX
from outcross.resources.sources.read_as import PLACE


def claims_of_pool(artefacts: Artefacts) -> pl.DataFrame:
    """Read ``pool_row`` and what the pool states of it; its origin is called ``claimed``."""
    pool = artefacts.load(artefacts.address(POOL))
    stated = {name: f"{PREFIX}{name}" for name in COLUMNS if f"{PREFIX}{name}" in pool.columns}
    named = pool.select(PLACE, *(pl.col(column).alias(name) for name, column in stated.items()))
    lacking = [pl.lit(None, dtype=COLUMNS[name]).alias(name) for name in ("origin", "depth") if name not in stated]
    return named.with_columns(lacking).rename({"origin": "claimed"})


def with_claims(rows: pl.DataFrame, claims: pl.DataFrame) -> pl.DataFrame:
    """Add the claims about each row of a dataset of real rows and rows of a pool, with its origin and depth.

    Real rows are real, of depth 0. Others are what the pool states, or else synthetic, of depth 1.

    Args:
        rows: ``origin`` and ``pool_row``, and whatever else.
        claims: as :func:`claims_of_pool` returns them.
    """
    real = pl.col("origin") == "real"
    joined = rows.join(claims, on=PLACE, how="left", maintain_order="left")
    return joined.with_columns(
        pl.when(real).then(pl.lit("real")).otherwise(pl.coalesce("claimed", "origin")).alias("origin"),
        pl.when(real).then(0).otherwise(pl.coalesce("depth", pl.lit(1))).alias("depth"),
    )
