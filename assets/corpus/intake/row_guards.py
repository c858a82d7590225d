"""What speaks against single rows: each reason names its guard, what is wrong, and is kept with the row."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import polars as pl

STRETCH = 1.0
"""A number may lie outside the anchor's range by this many times that range: beyond it, a unit or a column is wrong."""


@dataclass(frozen=True, kw_only=True)
class Allowed:
    """What single rows are held against.

    Attributes:
        ranges: numeric column → least and largest value of the anchor.
        licences: those that are allowed; any where empty.
    """

    ranges: Mapping[str, tuple[float, float]]
    licences: frozenset[str]


RowGuard = Callable[[Allowed], pl.Expr]
"""Makes the expression that says what is wrong with a row, null where nothing is."""


def outside(allowed: Allowed) -> pl.Expr:
    """Numbers far outside what the anchor has."""
    found: list[pl.Expr] = [pl.lit(None, dtype=pl.String)]
    for name, (least, largest) in allowed.ranges.items():
        slack, value = STRETCH * (largest - least), pl.col(name)
        told = pl.concat_str(
            pl.lit(f"column '{name}' holds "), value, pl.lit(f", far outside {least:g} to {largest:g}")
        )
        found.append(pl.when((value < least - slack) | (value > largest + slack)).then(told))
    return pl.coalesce(found)


def unlicensed(allowed: Allowed) -> pl.Expr:
    """Rows whose licence is not among those allowed."""
    if not allowed.licences:
        return pl.lit(None, dtype=pl.String)
    named, licence = ", ".join(sorted(allowed.licences)), pl.col("licence")
    other = pl.concat_str(pl.lit("licence '"), licence.str.slice(0, 60), pl.lit(f"' is none of {named}"))
    return (
        pl.when(licence.is_null())
        .then(pl.lit(f"no licence is stated; allowed are {named}"))
        .when(~licence.is_in(sorted(allowed.licences)))
        .then(other)
    )


def contradicting(allowed: Allowed) -> pl.Expr:
    """Provenance that cannot be so."""
    real, synthetic = (pl.col("origin") == origin for origin in ("real", "synthetic"))
    return (
        pl.when(real & (pl.col("depth") > 0))
        .then(pl.lit("the row is said to be real and to have passed through a model"))
        .when(synthetic & (pl.col("depth") == 0))
        .then(pl.lit("the row is said to be synthetic and to have passed through no model"))
        .when(real & pl.col("generator").is_not_null())
        .then(pl.lit("the row is said to be real and to come from a generator"))
    )


ROW_GUARDS: dict[str, RowGuard] = {"range": outside, "licence": unlicensed, "provenance": contradicting}
"""Guard → what makes it. Misfits are told when the file is read, rows that others have by ``repeats``."""


def check_rows(rows: pl.DataFrame, allowed: Allowed, guards: Collection[str]) -> pl.Series:
    """Ask the guards named, and return (rows,) List(String): ``guard: what is wrong``, empty where nothing is.

    Args:
        rows: canonical columns, and all columns of provenance.
        allowed: what they are held against.
        guards: names of :data:`ROW_GUARDS`.
    """
    told = [
        pl.concat_str(pl.lit(f"{name}: "), make(allowed)) for name, make in ROW_GUARDS.items() if name in guards
    ] or [pl.lit(None, dtype=pl.String)]
    frame = rows.with_columns(reasons=pl.concat_list(told).list.drop_nulls())
    return frame["reasons"]
