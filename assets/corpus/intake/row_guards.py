"""Row-level guards of values and provenance: each reason names its guard and the fault, and is stored with the row."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from outcross.assets.corpus.generator_rules import GeneratorRules
from outcross.assets.instruments.plain_text import NO_MARK
from outcross.resources.schema import Column
from outcross.resources.temporal import uncount

STRETCH = 1.0
"""A number may be outside the anchor's range by this multiple of the range. Beyond it, a unit or column is wrong."""


@dataclass(frozen=True, kw_only=True)
class AllowedValues:
    """The values that a row may have.

    Attributes:
        ranges: numeric column → smallest and largest value of the anchor.
        licences: that are allowed; if empty, any licence.
        columns: numeric column → what it is, so that a reason shows a date as a date; others are shown as numbers.
        text: name of the column of texts, if there is one.
        accepted: numeric column → ranges of numbers that are accepted besides.
        generators: whose rows are allowed or denied.
    """

    ranges: Mapping[str, tuple[float, float]]
    licences: frozenset[str]
    columns: Mapping[str, Column] = field(default_factory=dict)
    text: str | None = None
    accepted: Mapping[str, Sequence[tuple[float, float]]] = field(default_factory=dict)
    generators: GeneratorRules = field(default_factory=GeneratorRules)


RowGuard = Callable[[AllowedValues], pl.Expr]
"""Builds the expression of the reason against a row, null where there is none."""


def range_reason(allowed: AllowedValues) -> pl.Expr:
    """Build the reason against numbers far outside the anchor's range."""
    found: list[pl.Expr] = [pl.lit(None, dtype=pl.String)]
    for name, (least, largest) in allowed.ranges.items():
        slack, value, column = STRETCH * (largest - least), pl.col(name), allowed.columns.get(name)
        shown, ends = value.cast(pl.String), f"{least:g} to {largest:g}"
        if column is not None and column.is_temporal:
            shown = _spell(value, column)
            ends = " to ".join(pl.DataFrame({"x": [least, largest]}).select(_spell(pl.col("x"), column)).to_series())
        called = name if column is None else column.source_name
        reason = pl.concat_str(pl.lit(f"column '{called}' holds "), shown, pl.lit(f", far outside {ends}"))
        far = (value < least - slack) | (value > largest + slack)
        for low, high in allowed.accepted.get(name, ()):
            far &= ~value.is_between(low, high)
        found.append(pl.when(far).then(reason))
    return pl.coalesce(found)


def _spell(counts: pl.Expr, column: Column) -> pl.Expr:
    """Spell the counts of a temporal column as the dates, times or durations that they are."""
    typed = uncount(counts, column)
    return typed.dt.to_string("iso") if column.kind == "duration" else typed.cast(pl.String)


def licence_reason(allowed: AllowedValues) -> pl.Expr:
    """Build the reason against licences that are not allowed."""
    if not allowed.licences:
        return pl.lit(None, dtype=pl.String)
    named, licence = ", ".join(sorted(allowed.licences)), pl.col("licence")
    other = pl.concat_str(
        pl.lit("licence '"), licence.str.slice(0, 60), pl.lit(f"' is not allowed; allowed are {named}")
    )
    return (
        pl.when(licence.is_null())
        .then(pl.lit(f"no licence is stated; allowed are {named}"))
        .when(~licence.is_in(sorted(allowed.licences)))
        .then(other)
    )


def provenance_reason(allowed: AllowedValues) -> pl.Expr:
    """Build the reason against provenance that contradicts itself."""
    real, synthetic = (pl.col("origin") == origin for origin in ("real", "synthetic"))
    return (
        pl.when(real & (pl.col("depth") > 0))
        .then(pl.lit("the row is declared real, and its depth says that it has passed through a model"))
        .when(synthetic & (pl.col("depth") == 0))
        .then(pl.lit("the row is declared synthetic, and its depth says that it has passed through no model"))
        .when(real & pl.col("generator").is_not_null())
        .then(pl.lit("the row is declared real and names a generator"))
    )


def generator_reason(allowed: AllowedValues) -> pl.Expr:
    """Build the reason against generators that are not among those allowed."""
    return _of_generators(allowed.generators.why_unknown, any_rule=allowed.generators.allow is not None)


def denied_reason(allowed: AllowedValues) -> pl.Expr:
    """Build the reason against generators that are denied."""
    rules = allowed.generators
    return _of_generators(lambda _, name, version: rules.why_denied(name, version), any_rule=bool(rules.deny))


def _of_generators(why: Callable[[str | None, str | None, str | None], str | None], *, any_rule: bool) -> pl.Expr:
    """Build a reason that is found once for each combination of origin, generator and version."""
    if not any_rule:
        return pl.lit(None, dtype=pl.String)

    def find(claims: pl.Series) -> pl.Series:
        stated = claims.struct.unnest()
        once = stated.unique(maintain_order=True)
        reasons = pl.Series("reason", [why(*each) for each in once.iter_rows()], dtype=pl.String)
        found = stated.join(once.with_columns(reasons), on=stated.columns, nulls_equal=True, maintain_order="left")
        return found["reason"]

    return pl.struct("origin", "generator", "generator_version").map_batches(find, return_dtype=pl.String)


def schema_reason(allowed: AllowedValues) -> pl.Expr:
    """Build the reason against texts without a character that shows; a null is no text, and is for the column."""
    if allowed.text is None:
        return pl.lit(None, dtype=pl.String)
    empty = pl.col(allowed.text).is_not_null() & ~pl.col(allowed.text).str.contains(NO_MARK)
    return pl.when(empty).then(pl.lit(f"column '{allowed.text}' has no word"))


ROW_GUARDS: dict[str, RowGuard] = {
    "schema": schema_reason,
    "range": range_reason,
    "licence": licence_reason,
    "provenance": provenance_reason,
    "generators": generator_reason,
    "denied_generators": denied_reason,
}
"""Guard → its reason. Reading the file finds the other misfits (``schema``), :mod:`.repeats` the duplicates."""


def check_rows(rows: pl.DataFrame, allowed: AllowedValues, guards: Collection[str]) -> pl.Series:
    """Apply guards to rows, and return (rows,) List(String): ``guard: fault``, empty where no guard rejects the row.

    Args:
        rows: canonical columns, and all columns of provenance.
        allowed: the values that rows may have.
        guards: names from :data:`ROW_GUARDS`.
    """
    reasons = [
        pl.concat_str(pl.lit(f"{name}: "), build(allowed)) for name, build in ROW_GUARDS.items() if name in guards
    ] or [pl.lit(None, dtype=pl.String)]
    frame = rows.with_columns(reasons=pl.concat_list(reasons).list.drop_nulls())
    return frame["reasons"]
