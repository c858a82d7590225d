"""Named test sets: real files that nothing may learn from, each a reference of evaluations beside the holdout.

Rows of the anchor that equal or nearly equal one of theirs are left out of it, so that no dataset, no fit and no
exemplar holds them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import polars as pl

from outcross.assets.anchor.by_chance import ByChance
from outcross.assets.anchor.likeness import Likeness
from outcross.assets.anchor.split import FEWEST_ROWS, Split
from outcross.assets.study.study import Study
from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.sources.read_as import read_as

SET = "test_set"
"""Column of the part that names the set of a row."""


@dataclass(frozen=True, kw_only=True)
class LeftOut:
    """Rows left out because they are copies of rows of a named test set.

    Attributes:
        exact: rows that equal one.
        near: rows that nearly equal one.
        abstained: what was not looked for.
        rows: that were compared with the set.
        by_chance: how many clean rows are near by chance; None where nearly equal rows were not looked for.
    """

    exact: int
    near: int
    abstained: tuple[str, ...] = ()
    rows: int = 0
    by_chance: ByChance | None = None


def read_tests(study: Study, schema: Schema) -> dict[str, pl.DataFrame]:
    """Read the named test sets of a study by the columns of its anchor: name → canonical rows.

    Raises:
        BadInput: a file cannot be used, or a set has fewer than two rows; the message names the set.
    """
    read = {}
    leave_out = study.source.read_options().leave_out
    for name, files in study.tests.items():
        found = read_as(files, schema, what=f"test set '{name}'", leave_out=leave_out)
        if found.rows.height < FEWEST_ROWS:
            raise BadInput(f"{found.where} has 1 row, and metrics need at least {FEWEST_ROWS}; add rows")
        read[name] = found.rows
    return read


def find_tests(
    rows: pl.DataFrame, tests: Mapping[str, pl.DataFrame], likeness: Likeness
) -> tuple[pl.Series, dict[str, LeftOut]]:
    """Find the rows that are copies of a row of a named test set.

    Args:
        rows: canonical rows.
        tests: name → canonical rows.
        likeness: of the real rows.

    Returns (rows,) whether a row is one, and for each set how many are.
    """
    met, told = pl.Series("met", [False] * rows.height, dtype=pl.Boolean), {}
    for name, others in tests.items():
        found = likeness.find(rows, others)
        told[name] = LeftOut(
            exact=int(found.exact.sum()),
            near=int(found.near.sum()),
            abstained=found.abstained,
            rows=rows.height,
            by_chance=found.by_chance,
        )
        met = met | found.any
    return met, told


def without_tests(
    parts: Split, schema: Schema, tests: Mapping[str, pl.DataFrame], *, seed: int
) -> tuple[Split, dict[str, LeftOut]]:
    """Leave the copies of rows of named test sets out of the anchor; the holdout stays as it is.

    Raises:
        BadInput: fewer than two rows of the anchor are left.
    """
    if not tests:
        return parts, {}
    likeness = Likeness(anchor=parts.anchor, holdout=parts.holdout, schema=schema, seed=seed)
    met, told = find_tests(parts.anchor, tests, likeness)
    anchor = parts.anchor.filter(~met)
    if anchor.height < FEWEST_ROWS:
        raise BadInput(
            f"all but {anchor.height} rows of the anchor equal or nearly equal rows of the named test sets "
            f"{', '.join(map(repr, tests))}; take the source's own rows out of 'tests', or add real rows"
        )
    numbered = anchor.drop("row").with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    return replace(parts, anchor=numbered), told


def tests_frame(tests: Mapping[str, pl.DataFrame], schema: Schema) -> pl.DataFrame:
    """Put the rows of all sets below one another: ``test_set``, ``row``, then the schema's columns."""
    return pl.concat(
        rows.select(
            pl.lit(name).alias(SET), pl.int_range(pl.len(), dtype=pl.Int64).alias("row"), *map(pl.col, schema.names)
        )
        for name, rows in tests.items()
    )


def tell_left_out(told: Mapping[str, LeftOut], *, of: str) -> list[str]:
    """Say how many rows were left out for each named test set, a sentence each.

    Args:
        told: what was found.
        of: whose rows they are, such as ``the anchor``.
    """
    said = []
    for name, each in told.items():
        said.append(
            f"Test set '{name}': {each.exact + each.near:,} rows of {of} are left out, {each.exact:,} that equal one "
            f"of its rows and {each.near:,} that nearly do."
        )
        chance = () if each.by_chance is None else (each.by_chance.tell(each.rows),)
        said += [f"Test set '{name}', {of}: {reason}." for reason in (*chance, *each.abstained)]
    return said
