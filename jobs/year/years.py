"""Years of batches: an anchor and a feed that are drawn anew from a table, with and without seasons."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.schema import Schema
from outcross.resources.seeds import derive_seed, generator
from outcross.resources.sources import College, Files
from outcross.resources.sources.contract import RealData

WEEKS = 52
START = 26
"""The batch, counted from 0, that an event starts with."""
LASTS = 12
"""Batches that are looked at from there on."""
ANCHOR, SMALLEST, LARGEST = 8_000, 150, 400
"""Rows of the anchor with its holdout, and of a batch, where the table has enough."""
HOLDOUT = 0.2
VARIABLE = "OUTCROSS_TEST_DATA"
Weights = Callable[[pl.DataFrame, int], np.ndarray]
"""(rows, week) → how much commoner each row is than in the rest of the year."""


@dataclass(frozen=True)
class Table:
    """A table that years are drawn from.

    Attributes:
        name: in the page.
        rows: canonical rows.
        schema: their columns.
        roles: column → role, as a corpus file states it.
    """

    name: str
    rows: pl.DataFrame
    schema: Schema
    roles: dict[str, str]


def load_table(path: Path | None) -> Table:
    """Load Adult from a file, or from the folder of test data; else the bundled table.

    Raises:
        BadInput: the file does not exist, or lacks a column.
    """
    folder = os.environ.get(VARIABLE)
    if path is None and folder and (found := Path(folder) / "adult.parquet").is_file():
        path = found
    if path is None:
        roles = {"bachelor": "label", "sex": "group", "race": "group"}
        return _table("college", College().load(), roles)
    if not path.is_file():
        raise BadInput(f"--table {path}: no such file; name the table Adult as a file, or set {VARIABLE} to its folder")
    roles = {"income": "label", "sex": "group", "race": "group"}
    return _table("Adult", Files(path=str(path.resolve()), columns=roles).load(), roles)  # type: ignore[arg-type]


def _table(name: str, data: RealData, roles: dict[str, str]) -> Table:
    return Table(name, data.rows.select(data.schema.names), data.schema, roles)


@dataclass(frozen=True)
class Year:
    """A drawn year.

    Attributes:
        table: that it was drawn from.
        seed: of the year.
        anchor: rows of the anchor.
        holdout: rows of its holdout.
        others: rows for batches.
        sizes: rows of each batch.
    """

    table: Table
    seed: int
    anchor: pl.DataFrame
    holdout: pl.DataFrame
    others: pl.DataFrame
    sizes: np.ndarray

    def batches(self, season: Weights | None = None) -> list[pl.DataFrame]:
        """Draw the batches of the year without replacement, under a season."""
        random = generator(derive_seed("batches of a year", self.seed))
        left, found = self.others, []
        for week, size in enumerate(self.sizes):
            weights = np.ones(left.height) if season is None else season(left, week)
            chosen = random.choice(left.height, int(size), replace=False, p=weights / weights.sum())
            found.append(left[chosen])
            kept = np.ones(left.height, dtype=bool)
            kept[chosen] = False
            left = left.filter(kept)
        return found


def draw_year(table: Table, seed: int) -> Year:
    """Draw the anchor, the holdout and the sizes of the batches of a year; half of a small table is its anchor."""
    random = generator(derive_seed("year", seed))
    rows = table.rows[random.permutation(table.rows.height)]
    anchor = min(ANCHOR, rows.height // 2)
    most = (rows.height - anchor) // WEEKS
    largest = min(LARGEST, int(most * 1.2))
    sizes = random.integers(min(SMALLEST, int(most * 0.6)), largest + 1, WEEKS)
    held = int(anchor * HOLDOUT)
    return Year(table, seed, rows[held:anchor], rows[:held], rows[anchor:], sizes)


def season_of_groups(rows: pl.DataFrame, week: int, *, table: Table) -> np.ndarray:
    """Make the rarer level of the first group 6 to 20 % commoner from week 9 to 18."""
    name = table.schema.groups[0].name
    level = table.rows[name].value_counts(sort=True)[name][1]
    most = 1 + np.clip((week - 9) / 9 * 0.14 + 0.06, 0, 0.2) * (9 <= week <= 18)
    result: np.ndarray = np.where((rows[name] == level).fill_null(False).to_numpy(), most, 1.0)
    return result


def season_of_numbers(rows: pl.DataFrame, week: int, *, table: Table) -> np.ndarray:
    """Make rows in the upper quarter of the first number up to 15 % commoner, and half a year later rarer."""
    values = rows[table.schema.numeric[0].name].cast(pl.Float64)
    high = (values >= table.rows[table.schema.numeric[0].name].cast(pl.Float64).quantile(0.75)).fill_null(False)
    result: np.ndarray = np.where(high.to_numpy(), 1 + 0.15 * np.sin(2 * np.pi * week / WEEKS), 1.0)
    return result


SEASONS = {"the rarer group ×1.06 to ×1.20, weeks 9 to 18": season_of_groups, "high numbers ±15 %": season_of_numbers}
"""What a year without harm may look like; no limit was set on these."""
