"""Small targets with a known synthetic share: a table of two numbers and two levels, and its generators."""

import numpy as np
import polars as pl

from outcross.resources.schema import Column, Role, Schema

SCHEMA = Schema(
    (
        Column(name="income", role=Role.NUMERIC),
        Column(name="age", role=Role.NUMERIC, integer=True, nullable=True),
        Column(name="town", role=Role.CATEGORICAL, nullable=True),
        Column(name="member", role=Role.LABEL),
    )
)


def real(rows: int, seed: int) -> pl.DataFrame:
    """Draw real rows, whose columns are all correlated; some ages and towns are missing."""
    random = np.random.default_rng([1, seed])
    age = random.integers(20, 80, rows)
    income = random.lognormal(0, 0.4, rows) * (10 + age / 2)
    rich = income > 35
    town = np.where(random.random(rows) < 0.8, np.where(rich, "hill", "river"), "rail")
    member = np.where(random.random(rows) < 0.2 + 0.6 * rich, "yes", "no")
    frame = pl.DataFrame({"income": income, "age": age, "town": town, "member": member})
    missing = pl.Series(random.random(rows) < 0.05)
    return frame.with_columns(
        pl.when(~missing).then("age").alias("age"), pl.when(~missing.shift(1, fill_value=False)).then("town")
    ).cast(dict(SCHEMA.polars))  # type: ignore[arg-type]


def shuffled(rows: int, seed: int) -> pl.DataFrame:
    """Generate rows with the right columns and no correlation between them."""
    frame = real(rows, seed + 1_000_000)
    return frame.select(pl.col(name).shuffle(seed=seed + place) for place, name in enumerate(frame.columns))


def young(rows: int, seed: int) -> pl.DataFrame:
    """Generate rows with few old people."""
    frame = real(3 * rows, seed + 2_000_000)
    chance = pl.Series(np.random.default_rng([2, seed]).random(frame.height))
    return frame.filter((pl.col("age") < 45).fill_null(True) | (chance < 0.05)).head(rows)


def mixed(share: float, rows: int, seed: int) -> pl.DataFrame:
    """Draw rows with this share of shuffled ones, in random order."""
    made = round(share * rows)
    return pl.concat([real(rows - made, seed), shuffled(made, seed)]).sample(fraction=1, shuffle=True, seed=seed)
