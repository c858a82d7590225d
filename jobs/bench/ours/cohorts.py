"""Cohorts of replicates, the form in which generators take their training rows."""

import polars as pl

from outcross.resources.generators.contract import Cohort
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed


def one_replicate(rows: pl.DataFrame, schema: Schema, *, seed: int) -> Cohort:
    """Return a cohort of one replicate, number 0."""
    return cohort_of(rows, schema, seeds={0: seed})


def cohort_of(rows: pl.DataFrame, schema: Schema, *, seeds: dict[int, int]) -> Cohort:
    """Return a cohort whose replicates share the rows and differ in their seeds."""
    own = [
        rows.select(pl.lit(number, dtype=pl.Int32).alias("replicate"), pl.lit(1.0).alias("weight"), *schema.names)
        for number in sorted(seeds)
    ]
    return Cohort(rows=pl.concat(own), schema=schema, seeds=seeds)


def seeds_of(replicates: int) -> dict[int, int]:
    """Return replicate → seed."""
    return {number: derive_seed("bench", "replicate", number) for number in range(replicates)}
