"""What the real rows are: a table, texts or pictures, and what a model predicts from them."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import polars as pl

from outcross.jobs.files.read_option import source_of
from outcross.jobs.start.roles import holds_classes
from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.errors import BadInput
from outcross.resources.schema import Modality, Role, Schema
from outcross.resources.sources.column_record import ColumnRecord, records_of
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.list_names import list_names

Learned = Literal["classifier", "regressor", "language_model", "external"]
_WHAT: dict[Modality, str] = {"table": "a table", "text": "texts", "image": "pictures"}


@dataclass(frozen=True, kw_only=True)
class RealRows:
    """What was inferred of the real rows.

    Attributes:
        learner: kind of the learner that fits them.
        modality: what they are.
        columns: column → role, as the study file states them.
        said: what was inferred, a sentence each.
    """

    learner: Learned
    modality: Modality
    columns: dict[str, str] = field(default_factory=dict)
    said: tuple[str, ...] = ()


def infer_real_rows(path: str, reading: Mapping[str, Any], *, label: str | None, own_learner: bool) -> RealRows:
    """Read the real rows and infer what they are and what is learned from them.

    Args:
        path: of the rows.
        reading: keys of the source ``files``.
        label: column to predict, where one is named.
        own_learner: whether the team's own program learns.

    Raises:
        BadInput: they cannot be read, lack the label, or have nothing that a shipped learner predicts.
    """
    data = source_of(path, reading, base=Path()).load_carrying(entity=None, time=None)
    records = data.columns or tuple(records_of(data.schema, data.rows))
    about = f"Real rows: {_WHAT[data.schema.modality]}, {data.rows.height:,} rows, {len(data.schema.columns)} columns."
    if own_learner:
        return RealRows(learner="external", modality=data.schema.modality, said=(about, _own(data.schema)))
    if label is None:
        return _unlabelled(path, data, records, about)
    record = next((each for each in records if each.name == label), None)
    if record is None:
        raise BadInput(
            f"{path} has no column '{label}'{did_you_mean(label, [each.name for each in records])} (it has "
            f"{list_names([each.name for each in records])}); correct --label"
        )
    columns, told = _without_texts(path, data, records, record)
    learner, why = _predicted(path, data, record)
    columns[label] = "label" if learner == "classifier" else "target"
    modality: Modality = "image" if data.schema.modality == "image" else "table"
    return RealRows(learner=learner, modality=modality, columns=columns, said=(about, *told, why))


def _own(schema: Schema) -> str:
    return f"Learner: your own program; it is handed the columns {list_names(schema.names)}."


def _unlabelled(path: str, data: RealData, records: tuple[ColumnRecord, ...], about: str) -> RealRows:
    """Without a label named, texts have a language model, and a source that states its label a classifier."""
    schema = data.schema
    if schema.label is not None and schema.modality != "text":
        classes = data.rows[schema.label.name].n_unique()
        said = f"Learner: classifier of '{schema.label.source_name}', the label of the source ({classes:,} classes)."
        return RealRows(learner="classifier", modality=schema.modality, said=(about, said))
    if schema.modality == "text":
        said = "Learner: language_model (n-grams), judged by nats per word of real text."
        return RealRows(learner="language_model", modality="text", said=(about, said))
    names = list_names([each.name for each in records if each.role != Role.IGNORE])
    raise BadInput(
        f"{path}: nothing says what to predict; name the column with --label (it has {names}), or your own program "
        "with --learner"
    )


def _without_texts(
    path: str, data: RealData, records: tuple[ColumnRecord, ...], label: ColumnRecord
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Leave out columns of text, of which the shipped learners of a label read none."""
    texts = [each.name for each in records if each.role == Role.TEXT and each is not label]
    others = [each.name for each in records if each.role not in (Role.TEXT, Role.IGNORE) and each is not label]
    if not others:
        raise BadInput(
            f"{path}: nothing is left to predict '{label.name}' from; the shipped learners read numbers, categories "
            "and pictures: add such columns, train your own program with --learner, or leave --label out to train a "
            "language model on texts"
        )
    told = (f"Left out: {list_names(texts)}, as texts; your own program (--learner) reads them.",) if texts else ()
    return dict.fromkeys(texts, "ignore"), told


def _predicted(path: str, data: RealData, record: ColumnRecord) -> tuple[Learned, str]:
    """Tell classes from a number to predict."""
    values = data.rows[record.called] if record.called in data.rows.columns else None
    column = next((each for each in data.schema.columns if each.name == record.called), None)
    if values is None or column is None or not values.dtype.is_numeric():
        return "classifier", f"Learner: classifier, since '{record.name}' names classes{_levels(values)}."
    if column.is_temporal:
        raise BadInput(
            f"{path}: '{record.name}' holds dates or times, which no shipped learner predicts; name another --label, "
            "or your own program with --learner"
        )
    distinct = values.drop_nulls().n_unique()
    if holds_classes(values):
        why = f"has {distinct} different whole numbers, which count as classes; 'target' in the study file makes it"
        return "classifier", f"Learner: classifier, since '{record.name}' {why} a number to predict."
    return "regressor", f"Learner: regressor, since '{record.name}' is a number ({distinct:,} different values)."


def _levels(values: pl.Series | None) -> str:
    return "" if values is None else f" ({values.drop_nulls().n_unique():,})"
