"""Reading by accepted changes: a column that files may lack, and numbers in another unit than the anchor's.

Numbers are divided by the accepted factor as they are read, so that a corpus has one unit. Whole numbers are rounded.
"""

from collections.abc import Sequence
from dataclasses import replace

import polars as pl

from outcross.assets.corpus.ledger.accepted_change import AcceptedChange
from outcross.resources.schema import Schema


def may_lack(changes: Sequence[AcceptedChange]) -> frozenset[str]:
    """Return the columns that files may lack, by the names of the anchor's file."""
    return frozenset(change.column for change in changes if change.kind == "absent")


def with_absent(schema: Schema, changes: Sequence[AcceptedChange]) -> Schema:
    """Return a schema in which the columns that files may lack need no value."""
    names = may_lack(changes)
    if not names:
        return schema
    return Schema(
        tuple(
            replace(column, nullable=True) if {column.name, column.source_name} & names else column
            for column in schema.columns
        )
    )


def in_anchor_units(rows: pl.DataFrame, schema: Schema, changes: Sequence[AcceptedChange]) -> pl.DataFrame:
    """Divide the numbers of columns whose unit has changed by the accepted factor; of several, the last counts."""
    factors = {change.column: change.factor for change in changes if change.kind == "unit"}
    expressions = []
    for column in schema.numeric:
        factor = factors.get(column.source_name, factors.get(column.name))
        if factor is not None and column.name in rows.columns:
            divided = pl.col(column.name) / factor
            expressions.append((divided.round().cast(pl.Int64) if column.integer else divided).alias(column.name))
    return rows.with_columns(expressions)
