"""Columns of comments in a table: a generator of tables does without those that only a guess makes text."""

from collections.abc import Collection
from dataclasses import replace

import polars as pl

from outcross.resources.schema import Column, Role
from outcross.resources.sources.column_record import ColumnRecord, to_setting


def leave_out_texts(
    columns: list[Column], series: list[pl.Series], records: list[ColumnRecord], *, stated: Collection[str]
) -> tuple[list[Column], list[pl.Series], list[ColumnRecord]]:
    """Leave out the columns of text whose role no setting states; where no others are left, change nothing.

    Args:
        columns: those that are used.
        series: their values.
        records: what became of every column of the file; a column that is left out is told.
        stated: names of the columns whose role the settings state.
    """
    texts = {column.name for column in columns if column.role is Role.TEXT and column.source_name not in stated}
    if not texts or len(texts) == len(columns):
        return columns, series, records
    return (
        [column for column in columns if column.name not in texts],
        [values for values in series if values.name not in texts],
        [_left_out(record, columns) if record.called in texts else record for record in records],
    )


def _left_out(record: ColumnRecord, columns: list[Column]) -> ColumnRecord:
    own = to_setting({record.name: "ignore"})
    others = to_setting({each.source_name: "ignore" for each in columns if each.source_name != record.name})
    return replace(
        record,
        called=None,
        role=Role.IGNORE.value,
        why=f"{record.why}, which a generator of tables does not model: left out",
        remedy=f"{own!r} states that; to model the text alone, choose a generator such as ngram and set {others!r}",
        told=True,
        setting=Role.IGNORE.value,
    )
