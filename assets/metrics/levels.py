"""The classes and groups that a metric measures one by one, and those that have too few rows for it."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

MOST_NAMED = 6
"""Number of levels that a sentence names."""


@dataclass(frozen=True, kw_only=True)
class Levels:
    """The levels of the columns that a metric looks into, with their rows in the holdout.

    Attributes:
        noun: what a level is called, such as ``class``.
        fewest: fewest rows of the holdout with which a level is measured.
        rows: level, such as ``label=cross`` → its rows in the holdout; levels of the anchor alone have 0.
        all_rows: level → its rows in anchor and holdout together.
    """

    noun: str
    fewest: int
    rows: Mapping[str, int]
    all_rows: Mapping[str, int]

    @property
    def measured(self) -> list[str]:
        """The levels that are measured."""
        return [name for name, rows in self.rows.items() if rows >= self.fewest]

    def refusal(self) -> str | None:
        """Return why nothing can be measured, with the largest count and a remedy that works; None if a level can."""
        if self.measured:
            return None
        needs = f"needs a {self.noun} with at least {self.fewest} rows in the holdout"
        if not self.rows:
            return f"{needs}, but there is none; choose another endpoint"
        largest = max(self.rows, key=lambda name: self.rows[name])
        enough = max(self.all_rows.values()) >= 3 * self.fewest
        remedy = "raise 'holdout'" if enough else "add rows"
        return (
            f"{needs}, but the largest, {largest}, has {self.rows[largest]:,}; {remedy}, merge levels, or choose "
            "another endpoint"
        )

    def left_out(self) -> str | None:
        """Name the levels that are left out and their rows, rarest first; None if all are measured."""
        few = sorted((rows, name) for name, rows in self.rows.items() if rows < self.fewest)
        if not few:
            return None
        named = ", ".join(f"{name} ({rows:,})" for rows, name in few[:MOST_NAMED])
        more = f" and {len(few) - MOST_NAMED:,} more" if len(few) > MOST_NAMED else ""
        fewest = "no row" if self.fewest == 1 else f"fewer than {self.fewest} rows"
        return f"left out, with {fewest} in the holdout: {named}{more}"


def count_classes(label: str, anchor: pl.DataFrame, holdout: pl.DataFrame, *, fewest: int) -> Levels:
    """Count the holdout's rows of each class of the anchor or the holdout."""
    counts = [dict(side[label].drop_nulls().value_counts().iter_rows()) for side in (anchor, holdout)]
    classes = sorted(counts[0].keys() | counts[1].keys())
    rows = {f"{label}={name}": int(counts[1].get(name, 0)) for name in classes}
    both = {f"{label}={name}": int(counts[0].get(name, 0) + counts[1].get(name, 0)) for name in classes}
    return Levels(noun="class", fewest=fewest, rows=rows, all_rows=both)
