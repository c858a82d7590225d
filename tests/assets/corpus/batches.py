"""Anchors, batches and their provenance, in memory and as files."""

from functools import cache
from io import BytesIO

import numpy as np
import polars as pl

from outcross.assets.corpus.guards.bounds import GuardSetting, apply_bounds, is_within_bounds
from outcross.assets.corpus.guards.fitting import fit_profile
from outcross.assets.corpus.guards.measures.contract import Reading
from outcross.assets.corpus.guards.profile import Profile
from outcross.assets.corpus.guards.vitals import measure_batch
from outcross.resources.guard_engine import Vital
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources import College

TABLE = Schema(
    (
        Column(name="x", role=Role.NUMERIC, nullable=True),
        Column(name="n", role=Role.NUMERIC, integer=True, nullable=True),
        Column(name="c", role=Role.CATEGORICAL, nullable=True),
        Column(name="sex", role=Role.GROUP),
        Column(name="race", role=Role.GROUP),
        Column(name="y", role=Role.LABEL),
    )
)


def table(rows: int, seed: int) -> pl.DataFrame:
    """Draw rows of ``TABLE``: correlated numbers, a spike at 0, nulls, rare levels, groups that affect the label."""
    random = np.random.default_rng(seed)
    x = random.normal(10, 2, rows)
    n = np.where(random.random(rows) < 0.6, 0, np.rint(3 * x + random.normal(0, 5, rows))).astype(int)
    sex = random.choice(["f", "m"], rows, p=[0.4, 0.6])
    race = random.choice(["a", "b", "c"], rows, p=[0.7, 0.2, 0.1])
    y = np.where(random.random(rows) < np.where(sex == "f", 0.2, 0.5), "yes", "no")
    frame = pl.DataFrame(
        {
            "x": pl.Series(x).scatter(np.flatnonzero(random.random(rows) < 0.03), None),
            "n": pl.Series(n, dtype=pl.Int64),
            "c": pl.Series(random.choice(["u", "v", "w", "z"], rows, p=[0.6, 0.35, 0.03, 0.02])),
            "sex": sex,
            "race": race,
            "y": y,
        }
    )
    return frame.with_columns(pl.when(pl.Series(random.random(rows) < 0.05)).then(None).otherwise("c").alias("c"))


def with_provenance(rows: pl.DataFrame, origin: str | None = "real", **changed: str | int | None) -> pl.DataFrame:
    """Add a complete provenance to rows, with the changes given."""
    generated = origin in {"synthetic", "mixed"}
    stated: dict[str, str | int | None] = {
        "origin": origin,
        "generator": "copula" if generated else None,
        "licence": "CC-BY-4.0",
        "consent": None if origin == "synthetic" else "terms",
        "depth": int(generated),
    }
    types = {name: pl.Int32 if name == "depth" else pl.String for name in stated}
    return rows.with_columns(pl.lit(value, dtype=types[name]).alias(name) for name, value in (stated | changed).items())


def parquet(rows: pl.DataFrame) -> BytesIO:
    """Write rows to an open Parquet file in memory."""
    file = BytesIO()
    rows.write_parquet(file)
    file.seek(0)
    return file


@cache
def profile_and_anchor() -> tuple[Profile, pl.DataFrame]:
    """Fit the profile of a table; return it and the anchor."""
    anchor = table(4_000, 1)
    return fit_profile(anchor, table(1_000, 2), TABLE, seed=3), anchor


@cache
def college(seed: int = 0) -> tuple[Profile, pl.DataFrame, pl.DataFrame]:
    """Fit the profile of a random half of the source; return it, that half and the other half."""
    rows, schema = (found := College().load()).rows, found.schema
    order = np.random.default_rng(seed).permutation(rows.height)
    anchor, fresh = rows[order[: rows.height // 2]], rows[order[rows.height // 2 :]]
    return fit_profile(anchor, fresh[:1_500], schema, seed=seed), anchor, fresh


def measure(batch: pl.DataFrame, profile: Profile, anchor: pl.DataFrame, **how: object) -> list[Reading]:
    """Measure a batch in one file."""
    return measure_batch([parquet(batch)], profile, anchor, **how)  # type: ignore[arg-type]


def vitals(batch: pl.DataFrame, **settings: GuardSetting) -> list[Vital]:
    """Compute the vitals of a batch against the table's anchor."""
    return apply_bounds(measure(batch, *profile_and_anchor()), settings)


def failing_guards(found: list[Vital]) -> set[str]:
    """List the guards with a vital that fails."""
    return {vital.check for vital in found if not is_within_bounds(vital)}


def value(readings: list[Reading], metric: str, group: str = "") -> float:
    """Return the value of the one reading of this metric and group."""
    (found,) = (each.value for each in readings if (each.metric, each.group) == (metric, group))
    return found
