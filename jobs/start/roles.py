"""What the columns of somebody's file are for: the label, the groups, and what a study should not model."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.schema import Role
from outcross.resources.sources.column_record import ColumnRecord
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.list_names import list_names

MOST_CLASSES = 20
"""Most different values that are taken for classes; a number with more is a quantity."""
_WEIGHT = re.compile(r"(?i)^(fnl|final|survey|sample|sampling|person|per|hh|p|f)?[_-]?(wgt|wt|weights?)$")
_BODY = re.compile(r"(?i)^weights?$")
"""A weight by itself may be that of a body."""


@dataclass(frozen=True, kw_only=True)
class Roles:
    """The roles that a study file states.

    Attributes:
        columns: column → role.
        said: how each came about, a sentence each.
        label: the role of the predicted column: ``label``, ``target``, or None where there is none.
        groups: whether there are group columns.
    """

    columns: Mapping[str, str]
    said: tuple[str, ...]
    label: str | None
    groups: bool


def choose_roles(data: RealData, records: Sequence[ColumnRecord], *, label: str | None, groups: Sequence[str]) -> Roles:
    """Choose the roles of the columns of real rows.

    Args:
        data: the rows as read.
        records: what became of each column of the file.
        label: the column to predict, where one is named.
        groups: the columns of groups that are named.

    Raises:
        BadInput: a named column is not there, cannot have that role, or is named twice.
    """
    by_name = {record.name: record for record in records}
    for option, name in [("--label", label), *(("--group", group) for group in groups)]:
        if name is not None and name not in by_name:
            raise BadInput(f"there is no column '{name}' (but {list_names(list(by_name))}); correct {option}")
    if label in groups or len(set(groups)) < len(groups):
        raise BadInput("--label and --group name a column twice; a column has one role")
    columns: dict[str, str] = {}
    said: list[str] = []
    if label is not None:
        columns[label], why = _predicted(data, by_name[label])
        said.append(why)
    elif data.schema.label is not None:
        said.append(f"Label: '{data.schema.label.source_name}', as the files have it.")
    else:
        said.append(_no_label(data, records))
    for group in groups:
        if by_name[group].role not in (Role.CATEGORICAL.value, Role.NUMERIC.value):
            raise BadInput(f"--group {group}: the column is read as {by_name[group].role}; name one of categories")
        columns[group] = "group"
        said.append(f"Group: '{group}'; each of its levels with enough rows is looked at by itself.")
    for record in records:
        if record.name not in columns and record.role == Role.NUMERIC.value and _is_survey_weight(record.name):
            columns[record.name] = "ignore"
            said.append(
                f"Left out: '{record.name}', by its name a survey weight, which says for how many people a row stands; "
                "write 'numeric' for it to model it."
            )
    role = columns.get(label) if label is not None else ("label" if data.schema.label is not None else None)
    return Roles(columns=columns, said=tuple(said), label=role, groups=bool(groups))


def _is_survey_weight(name: str) -> bool:
    return bool(_WEIGHT.match(name)) and not _BODY.match(name)


def _predicted(data: RealData, record: ColumnRecord) -> tuple[str, str]:
    """Tell classes from a number to predict."""
    column = next((each for each in data.schema.columns if each.name == record.called), None)
    if column is None or column.role in (Role.TEXT, Role.IMAGE) or column.is_temporal:
        raise BadInput(f"--label {record.name}: the column is read as {record.role}; name one of classes or a number")
    values = data.rows[column.name].drop_nulls()
    distinct = values.n_unique()
    if holds_classes(values):
        return "label", f"Label: '{record.name}', {distinct:,} classes."
    return "target", f"Target: '{record.name}', a number with {distinct:,} different values."


def holds_classes(values: pl.Series) -> bool:
    """Whether values name classes: words, or at most ``MOST_CLASSES`` different whole numbers."""
    known = values.drop_nulls()
    return not known.dtype.is_numeric() or (known.n_unique() <= MOST_CLASSES and bool((known % 1 == 0).all()))


def _no_label(data: RealData, records: Sequence[ColumnRecord]) -> str:
    said = "Label: none, so that no model's use is measured."
    likely = [
        record.name
        for record in records
        if record.role == Role.CATEGORICAL.value
        and record.called is not None
        and 2 <= data.rows[record.called].n_unique() <= MOST_CLASSES
    ]
    if data.schema.modality == "table" and likely:
        said += f" If one predicts {list_names(likely)} or another column, name it with --label."
    return said
