"""What became of a column of a file, as data: its role, and why."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any, Self

import polars as pl
import yaml

from outcross.resources.schema import Schema


@dataclass(frozen=True, kw_only=True)
class ColumnRecord:
    """One column of a source, whether it is used or left out.

    Attributes:
        name: in the file.
        called: in canonical frames; None where it is left out.
        type: in the file, such as ``text`` or ``Int64``.
        role: the role it has, ``ignore`` where it is left out.
        nulls: values that are missing.
        why: how the role came about, and how values were read.
        remedy: what to write to have it otherwise; empty where nothing was guessed.
        told: whether users hear of it before anything runs: it was left out, renamed, read as another type than the
            file's, or turned into categories, and no setting said so.
        lost: whether it has content that only a guess leaves out; a corpus refuses that.
        setting: its settings under ``columns``: a role, or a mapping with ``role``.
    """

    name: str
    called: str | None
    type: str
    role: str
    nulls: int
    why: str
    remedy: str = ""
    told: bool = False
    lost: bool = False
    setting: str | dict[str, Any] = ""

    @property
    def line(self) -> str:
        """One line for the terminal: the column, what became of it, and the remedy."""
        return f"column {self.name!r}: {self.why}" + (f"; {self.remedy}" if self.remedy else "")

    def to_json(self) -> dict[str, Any]:
        """A JSON-able form; :func:`read_records` reads it back."""
        return asdict(self)

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Self:
        """Read back what :meth:`to_json` wrote; keys of a later version are passed over."""
        known = {each.name for each in fields(cls)}
        return cls(**{key: each for key, each in value.items() if key in known})


def read_records(values: Iterable[Mapping[str, Any]]) -> list[ColumnRecord]:
    """Read back the records that a store holds."""
    return [ColumnRecord.from_json(value) for value in values]


def told(records: Iterable[ColumnRecord]) -> list[ColumnRecord]:
    """Return the columns that users hear of before anything runs."""
    return [record for record in records if record.told]


def other_notes(notes: Iterable[str], records: Sequence[ColumnRecord]) -> list[str]:
    """Return the notes that the lines of the columns do not say already."""
    return [note for note in notes if not any(_says(record, note) for record in records)]


def _says(record: ColumnRecord, note: str) -> bool:
    own = f"column {record.name!r}"
    return note in record.line or (note.startswith(own) and note.removeprefix(own).lstrip(": ") in record.line)


def to_setting(columns: Mapping[str, Any]) -> str:
    """Write settings of columns in one line, as a study or corpus file takes them: ``columns: {price: ignore}``."""
    settings = ", ".join(f"{_scalar(name)}: {_flow(setting)}" for name, setting in columns.items())
    return f"columns: {{{settings}}}"


def to_block(records: Sequence[ColumnRecord]) -> str:
    """Write the settings of every column as a block to paste below ``source`` or ``anchor``."""
    lines = [f"{_scalar(record.name)}: {_flow(record.setting)}" for record in records]
    return "\n".join(["columns:", *(f"  {line}" for line in lines)])


def _flow(value: Any) -> str:
    """Write a setting in one line of YAML."""
    text = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=10**9, sort_keys=False)
    return text.strip()[1:-1]


def _scalar(name: str) -> str:
    """Write a name as a key in one line of YAML, also one that has line breaks itself."""
    text = _flow(name)
    return text if len(text.splitlines()) == 1 else json.dumps(name)


def records_of(schema: Schema, rows: pl.DataFrame) -> list[ColumnRecord]:
    """Return the columns of a source that is no file, whose roles nothing had to infer."""
    return [
        ColumnRecord(
            name=column.source_name,
            called=column.name,
            type=str(rows.schema[column.name]),
            role=column.role.value,
            nulls=rows[column.name].null_count(),
            why="as the source states",
            setting=column.role.value,
        )
        for column in schema.columns
    ]
