"""Relations between and within the columns of a table that real rows keep, such as a start before an end."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import polars as pl

from outcross.assets.instruments.check_digits import find_check
from outcross.assets.instruments.drawing import draw_rows
from outcross.assets.instruments.numeric_relations import Numbers, find_equations, find_orders
from outcross.resources.schema import Schema

HOLDS = 0.995
"""Smallest share of the anchor's rows in which a relation holds."""
MOST_ROWS = 10_000
"""Rows of the anchor in which relations are searched; of more, a sample is drawn by seed."""
FEWEST_VALUES = 20
"""Fewest different values of a column that may have a format."""
MOST_SHAPES = 3
"""Most shapes of a format."""
SHORTEST = 4
"""Fewest characters of a format."""
FEWEST_NULLS = 10
"""Fewest missing values of a column that may be missing together with another."""
ALIKE_NULLS = 0.9
"""Smallest share of the rows in which one of two columns is missing that lack both."""


class Relation(Protocol):
    """What rows of the anchor keep; ``name`` says in words what a row that breaks it has."""

    @property
    def name(self) -> str:
        """What is wrong with a row that breaks it."""

    def broken(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows,) whether each canonical row breaks it; a row where it does not apply keeps it."""


@dataclass(frozen=True)
class Format:
    """The values of a column have one of a few shapes: ``99999-AA`` for five digits, a hyphen and two capitals."""

    column: str
    shapes: tuple[str, ...]

    @property
    def name(self) -> str:
        """What is wrong with a row that breaks it."""
        return f"`{self.column}` not of the form {' or '.join(self.shapes)}"

    def broken(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows,) whether each value has another shape."""
        wrong: np.ndarray = (~shape_of(rows[self.column]).is_in(self.shapes)).fill_null(value=False).to_numpy()
        return wrong


@dataclass(frozen=True)
class SameNulls:
    """Two columns are missing in the same rows."""

    one: str
    other: str

    @property
    def name(self) -> str:
        """What is wrong with a row that breaks it."""
        return f"`{self.one}` or `{self.other}` missing without the other"

    def broken(self, rows: pl.DataFrame) -> np.ndarray:
        """Return (rows,) whether just one of the two is missing."""
        wrong: np.ndarray = rows[self.one].is_null().to_numpy() != rows[self.other].is_null().to_numpy()
        return wrong


def find_relations(anchor: pl.DataFrame, schema: Schema, *, seed: int) -> list[Relation]:
    """Find the relations that at least 99.5 % of the anchor's rows keep, and that chance does not explain.

    - one number or time is never above another, though in rows put together at random it would be in 5 % or more;
    - one number is another times a constant, or the sum of two others;
    - a category has one of at most three shapes, or a check digit that fits;
    - two columns are missing in the same rows.

    The search takes time in proportion to the square of the number of columns.

    Args:
        anchor: canonical rows.
        schema: their columns.
        seed: of the sample of many rows.
    """
    rows = draw_rows(anchor, MOST_ROWS, seed)
    numbers = Numbers.read(rows, schema.numeric)
    return [
        *find_equations(numbers, holds=HOLDS, seed=seed),
        *find_orders(numbers, holds=HOLDS),
        *_find_formats(rows, schema),
        *_find_nulls(rows, schema),
    ]


def shape_of(values: pl.Series) -> pl.Series:
    """Return the shape of each text: ``9`` for a digit, ``A`` and ``a`` for letters, other characters as they are."""
    shape = values.str.replace_all(r"\p{Nd}", "9").str.replace_all(r"\p{Lu}", "A")
    return shape.str.replace_all(r"[\p{L}--\p{Lu}]", "a")


def _find_formats(rows: pl.DataFrame, schema: Schema) -> Sequence[Relation]:
    found: list[Relation] = []
    for column in (*schema.discrete, *(each for each in schema.numeric if each.integer)):
        values = rows[column.name].drop_nulls()
        if values.n_unique() < FEWEST_VALUES:
            continue
        if values.dtype == pl.String and (shapes := _shapes(values)):
            found.append(Format(column.name, shapes))
        if (check := find_check(values, column.name, holds=HOLDS)) is not None:
            found.append(check)
    return found


def _shapes(values: pl.Series) -> tuple[str, ...] | None:
    """Return the few shapes that nearly all values have, if they have digits or marks and are of some length."""
    counted = shape_of(values).value_counts(sort=True, name="rows").head(MOST_SHAPES)
    common = counted.filter(pl.col("rows") >= 0.01 * len(values))
    shapes = common.to_series(0).to_list()
    telling = all(len(shape) >= SHORTEST and any(mark not in "Aa " for mark in shape) for shape in shapes)
    holds = int(common["rows"].sum()) >= HOLDS * len(values)
    return tuple(sorted(shapes)) if shapes and telling and holds else None


def _find_nulls(rows: pl.DataFrame, schema: Schema) -> Sequence[Relation]:
    names = [column.name for column in schema.columns if column.nullable]
    names = [name for name in names if FEWEST_NULLS <= rows[name].null_count() <= rows.height - FEWEST_NULLS]
    if len(names) < 2:
        return []
    missing = rows.select(pl.col(name).is_null() for name in names).to_numpy().astype(np.float64)
    both, each = missing.T @ missing, missing.sum(axis=0)
    either = each[:, None] + each[None] - both
    alike = (both >= ALIKE_NULLS * either) & (either - both <= (1 - HOLDS) * rows.height)
    firsts = alike.argmax(axis=0)  # each column is compared with the first one that is missing in the same rows
    return [SameNulls(names[first], names[place]) for place, first in enumerate(firsts) if first != place]
