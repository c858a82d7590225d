"""Columns of the files that an export describes: those of every corpus and study, and those of a schema."""

from typing import Any

import polars as pl

from outcross.assets.export.description import Field, Kind
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.typed_rows import typed_dtype


def _field(name: str, kind: Kind, about: str, *, nullable: bool = False) -> Field:
    return Field(name=name, kind=kind, nullable=nullable, about=about)


CORPUS_FIELDS: tuple[Field, ...] = (
    _field("position", "integer", "place of the row in its batch, from 0"),
    _field("content", "text", "hash of the row's values; equal rows have the same"),
    _field("origin", "text", "real, synthetic, mixed or unknown"),
    _field("generator", "text", "what made the row, where it is synthetic", nullable=True),
    _field("generator_version", "text", "version of the generator", nullable=True),
    _field("parent", "text", "dataset or corpus the generator was trained on", nullable=True),
    _field("recipe", "text", "id of the prompt or recipe", nullable=True),
    _field("licence", "text", "licence of the row", nullable=True),
    _field("consent", "text", "consent, or terms of the source", nullable=True),
    _field("collected_at", "text", "when the row was collected", nullable=True),
    _field("depth", "integer", "models the row has passed through; 0 for real rows", nullable=True),
)
"""What every row of a corpus carries next to the columns of its schema."""

LEFT_OUT_FIELDS: tuple[Field, ...] = (
    _field("batch_id", "text", "the batch the row came in, as its file's folder says"),
    CORPUS_FIELDS[0],
)
"""What lists the rows that a trim left out of a corpus."""

_REPLICATE = _field("replicate", "integer", "replicate (seed) of the study")
ANCHOR_FIELDS: tuple[Field, ...] = (
    _field("row", "integer", "number of the row within its part, from 0"),
    _field("row_id", "text", "id of the row"),
)
"""What every real row of a study carries next to the columns of its schema."""

SYNTHETIC_FIELDS: tuple[Field, ...] = (
    _REPLICATE,
    *ANCHOR_FIELDS,
    _field("depth", "integer", "models the row has passed through"),
)
"""What every synthetic row of a study carries next to the columns of its schema."""

MANIFEST_FIELDS: tuple[Field, ...] = (
    _REPLICATE,
    _field("origin", "text", "real or synthetic"),
    _field("generation", "integer", "generation that made the rows; null for real rows", nullable=True),
    _field("lineage", "text", "lineage that made the rows; null for real rows", nullable=True),
    _field("depth", "integer", "models the rows have passed through; 0 for real rows"),
    _field("start", "integer", "first row of the run, within its part"),
    _field("stop", "integer", "one past the last"),
    _field("weight", "float", "weight of each row in the loss"),
)
"""A run of rows that a generation's dataset takes from a part."""


def schema_fields(schema: Schema) -> tuple[Field, ...]:
    """The columns of a schema."""
    return tuple(_schema_field(column) for column in schema.columns)


def _schema_field(column: Column) -> Field:
    about = f"{column.role.value} column"
    if column.role is Role.IGNORE:
        about = "entity of the row: rows of one are split together, and no generator models it"
    if column.shape is not None:
        size = f"{column.shape[0]} × {column.shape[1]} pixels, row by row"
        about = f"grey image of {size}, 0 to {column.levels}"
        if column.in_colour:
            about = f"colour image of {size}, red, green and blue of each, 0 to {column.levels}"
    if column.source is not None:
        about += f", called {column.source!r} in the source"
    if column.zone is not None:
        about += f", of the time zone {column.zone}"
    return Field(
        name=column.name,
        kind=_kind(column),
        nullable=column.nullable,
        about=about,
        is_label=column.role == Role.LABEL,
        shape=() if column.shape is None else column.axes,
    )


def _kind(column: Column) -> Kind:
    if column.role is Role.IMAGE:
        return "pixels"
    dtype = typed_dtype(column)
    if dtype.is_integer():
        return "integer"
    if dtype.is_float():
        return "float"
    return _KINDS.get(dtype.base_type(), "text")


_KINDS: dict[Any, Kind] = {
    pl.Boolean: "boolean",
    pl.Date: "date",
    pl.Datetime: "datetime",
    pl.Decimal: "decimal",
    pl.Duration: "duration",
    pl.Time: "time",
}
