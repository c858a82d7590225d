"""What happens to the batches of a year from its middle on: each event changes a batch."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from outcross.jobs.year.years import Table

Random = np.random.Generator
Change = Callable[[pl.DataFrame, Table, pl.DataFrame, Random], pl.DataFrame]
"""(batch, table, rows of a generator, random) → the batch as it comes."""


@dataclass(frozen=True, kw_only=True)
class Event:
    """One event.

    Attributes:
        change: of a batch.
        guard: that should name the cause.
        made: generator of the rows that it mixes in, if any.
        within: batches after the first one within which it has to be found, and in what share of the years; None where
            nothing is asked.
    """

    change: Change
    guard: str
    made: str | None = None
    within: tuple[int, float] | None = None


def wrong_labels(share: float) -> Change:
    """Replace the label of so many rows by another one."""

    def change(batch: pl.DataFrame, table: Table, _: pl.DataFrame, random: Random) -> pl.DataFrame:
        assert table.schema.label is not None
        name = table.schema.label.name
        known = table.rows[name].drop_nulls().unique().sort().to_list()
        other = {level: known[place - 1] for place, level in enumerate(known)}
        chosen = random.random(batch.height) < share
        labels = [other.get(old, old) if flip else old for old, flip in zip(batch[name], chosen, strict=True)]
        return batch.with_columns(pl.Series(name, labels, dtype=batch.schema[name]))

    return change


def rare_rows_dropped(share: float) -> Change:
    """Drop so many of the rows that have a level of under 2 % of the table, or a number beyond its 1 % and 99 %."""

    def change(batch: pl.DataFrame, table: Table, _: pl.DataFrame, random: Random) -> pl.DataFrame:
        rare = pl.lit(False)
        for column in table.schema.discrete:
            counts = table.rows[column.name].drop_nulls().value_counts()
            few = counts.filter(pl.col("count") < 0.02 * table.rows.height)[column.name].to_list()
            rare = rare | pl.col(column.name).is_in(few).fill_null(False)
        for column in table.schema.numeric:
            low, high = (table.rows[column.name].quantile(each) for each in (0.01, 0.99))
            rare = rare | ((pl.col(column.name) < low) | (pl.col(column.name) > high)).fill_null(False)
        return batch.filter(~rare | pl.Series(random.random(batch.height) >= share))

    return change


def rows_mixed_in(share: float) -> Change:
    """Replace so many rows by a generator's."""

    def change(batch: pl.DataFrame, _: Table, made: pl.DataFrame, random: Random) -> pl.DataFrame:
        count = round(share * batch.height)
        chosen = made[random.choice(made.height, count, replace=False)]
        mixed = pl.concat([batch[count:], chosen])
        return mixed[random.permutation(mixed.height)]

    return change


def group_filtered(share: float) -> Change:
    """Drop so many rows of the rarer level of the first group."""

    def change(batch: pl.DataFrame, table: Table, _: pl.DataFrame, random: Random) -> pl.DataFrame:
        name = table.schema.groups[0].name
        level = table.rows[name].value_counts(sort=True)[name][1]
        dropped = pl.Series(random.random(batch.height) < share)
        return batch.filter(~((pl.col(name) == level).fill_null(False) & dropped))

    return change


def other_unit(share: float) -> Change:
    """Divide the most skewed number by 1,000 in so many rows."""

    def change(batch: pl.DataFrame, table: Table, _: pl.DataFrame, random: Random) -> pl.DataFrame:
        column = max(table.schema.numeric, key=lambda each: table.rows[each.name].cast(pl.Float64).skew() or 0.0)
        divided = pl.col(column.name) // 1000 if column.integer else pl.col(column.name) / 1000
        chosen = pl.Series(random.random(batch.height) < share)
        return batch.with_columns(pl.when(chosen).then(divided).otherwise(column.name).alias(column.name))

    return change


RARE = "30 % of the rare rows dropped"
EVENTS: Mapping[str, Event] = {
    "label noise, 10 %": Event(change=wrong_labels(0.1), guard="accumulated_labels", within=(4, 1.0)),
    "label noise, 5 %": Event(change=wrong_labels(0.05), guard="accumulated_labels"),
    RARE: Event(change=rare_rows_dropped(0.3), guard="accumulated_tails", within=(6, 0.9)),
    "10 % rows of an unknown GAN": Event(
        change=rows_mixed_in(0.1), guard="accumulated_drift", made="gan", within=(10, 0.9)
    ),
    "half of a group filtered out": Event(change=group_filtered(0.5), guard="accumulated_groups"),
    "another unit in a quarter of the rows": Event(change=other_unit(0.25), guard="accumulated_drift"),
}
"""Events that the guards' own functions see."""
KNOWN: Mapping[str, Event] = {
    "5 % rows of a known copula": Event(change=rows_mixed_in(0.05), guard="", made="copula", within=(3, 1.0)),
    "5 % rows of a known network": Event(change=rows_mixed_in(0.05), guard="", made="network", within=(10, 1.0)),
}
"""Events that take the whole intake, since they are found by the estimate of a known generator's share."""
