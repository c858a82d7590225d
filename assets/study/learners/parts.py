"""The scores of a learner on parts of the rows: each level of a group column."""

from collections.abc import Mapping

import numpy as np
import polars as pl

from outcross.assets.metrics.contract import Measurement
from outcross.assets.metrics.groups import Group
from outcross.resources.schema import Schema

MOST_LEVELS = 100
"""Most levels of a group column that have lines of their own."""


def by_group(rows: pl.DataFrame, schema: Schema, values: Mapping[str, np.ndarray]) -> list[Measurement]:
    """Return the mean of each score on each level of the group columns, null among them.

    Args:
        rows: the judged rows.
        schema: their columns; one of more than 100 levels has no lines.
        values: name of an endpoint → (rows,) its value on each row.
    """
    found = []
    for column in schema.groups:
        levels = rows[column.name].unique().sort()
        for group in (Group(column.name, level) for level in levels if len(levels) <= MOST_LEVELS):
            own = group.of(rows)
            found += [Measurement.of_mean(name, each[own], group.name) for name, each in values.items()]
    return found
