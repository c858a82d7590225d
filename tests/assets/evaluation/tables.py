"""Tables of every kind of column, for which results can be derived by hand."""

from collections.abc import Iterable

import numpy as np
import polars as pl

from outcross.assets.instruments.probe import build_probe
from outcross.assets.metrics.contract import Against, Comparison, Measurement
from outcross.resources.schema import Column, Role, Schema

CENSUS = Schema(
    (
        Column(name="age", role=Role.NUMERIC, nullable=True),
        Column(name="pay", role=Role.NUMERIC),
        Column(name="work", role=Role.CATEGORICAL, nullable=True),
        Column(name="town", role=Role.CATEGORICAL),
        Column(name="sex", role=Role.GROUP),
        Column(name="rich", role=Role.LABEL),
    )
)


def census(seed: int, rows: int, *, nulls: float = 0.1) -> pl.DataFrame:
    """Rows whose columns depend on each other, with ties and nulls in age and work."""
    draws = np.random.default_rng(seed)
    age = np.round(draws.normal(40, 12, rows))
    pay = age * 0.5 + draws.normal(0, 6, rows)
    work = np.where(pay + draws.normal(0, 5, rows) > 22, "office", np.where(age > 35, "farm", "none"))
    gone = draws.random((2, rows)) < nulls
    return pl.DataFrame(
        {
            "age": [None if hidden else value for value, hidden in zip(age.tolist(), gone[0], strict=True)],
            "pay": pay,
            "work": [None if hidden else str(value) for value, hidden in zip(work, gone[1], strict=True)],
            "town": draws.choice(["a", "b", "c", "d"], rows, p=[0.55, 0.3, 0.12, 0.03]),
            "sex": draws.choice(["f", "m"], rows, p=[0.4, 0.6]),
            "rich": np.where(pay + draws.normal(0, 2, rows) > 20, "yes", "no"),
        },
        schema=CENSUS.polars,
    )


def compare(
    synthetic: pl.DataFrame,
    reference: pl.DataFrame,
    *,
    anchor: pl.DataFrame | None = None,
    schema: Schema = CENSUS,
    against: Against = "holdout",
    seed: int = 1,
) -> Comparison:
    """Return a comparison; its anchor is the reference unless given."""
    probe = build_probe(reference if anchor is None else anchor, reference, schema, seed=5)
    return Comparison(synthetic=synthetic, reference=reference, schema=schema, probe=probe, seed=seed, against=against)


def named(found: Iterable[Measurement]) -> dict[str, float]:
    """``metric`` or ``metric about`` → value."""
    return {f"{each.metric} {each.about}".strip(): each.value for each in found}


def errors(found: Iterable[Measurement]) -> dict[str, float]:
    """``metric`` or ``metric about`` → standard error."""
    return {f"{each.metric} {each.about}".strip(): each.standard_error for each in found}


def numbers(**columns: Iterable[float | None]) -> tuple[pl.DataFrame, Schema]:
    """A table of numeric columns."""
    schema = Schema(tuple(Column(name=name, role=Role.NUMERIC, nullable=True) for name in columns))
    return pl.DataFrame({name: list(values) for name, values in columns.items()}, schema=schema.polars), schema


def levels(**columns: Iterable[str | None]) -> tuple[pl.DataFrame, Schema]:
    """A table of categorical columns."""
    schema = Schema(tuple(Column(name=name, role=Role.CATEGORICAL, nullable=True) for name in columns))
    return pl.DataFrame({name: list(values) for name, values in columns.items()}, schema=schema.polars), schema
