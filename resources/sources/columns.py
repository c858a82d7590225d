"""Canonical columns from a file's raw columns, by the role of each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.canonical import canonical
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.convert import NotFinite, refuse_many_levels, to_quantities, to_scalars
from outcross.resources.sources.images import read_images
from outcross.resources.sources.kinds import kind_of_numbers, kind_of_text
from outcross.resources.sources.roles import guess_role

FEWEST_ROWS = 2
RESERVED = frozenset(
    {"", "*", "row", "row_id", "replicate", "weight", "origin", "generation", "lineage", "depth"}
    | {"study", "thing", "filename", "made_in", "made_by"}
)
"""Column names that the project's own frames use, or that mean no column or every column."""


class ColumnSetting(BaseModel):
    """The settings of one column; a bare role is short for ``{role: …}``."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    role: Role
    shape: tuple[PositiveInt, PositiveInt] | None = Field(default=None, description="height and width of images")
    levels: int | None = Field(default=None, ge=1, le=255, description="highest grey value of images")
    integer: bool | None = Field(default=None, description="whether numbers are whole; default: as in the file")

    @model_validator(mode="before")
    @classmethod
    def _bare_role(cls, value: Any) -> Any:
        return {"role": value} if isinstance(value, str) else value

    @model_validator(mode="after")
    def _fits_role(self) -> Self:
        if self.role is not Role.IMAGE and (self.shape is not None or self.levels is not None):
            raise ValueError(
                f"'shape' and 'levels' are settings of the role 'image', not of {self.role.value!r}; remove them"
            )
        if self.role is not Role.NUMERIC and self.integer is not None:
            raise ValueError(f"'integer' is a setting of the role 'numeric', not of {self.role.value!r}; remove it")
        return self


def read_columns(
    raw: pl.DataFrame, settings: Mapping[str, ColumnSetting], *, untyped: bool, not_finite: NotFinite, where: str
) -> RealData:
    """Give every column its role and canonical values, with notes on what was inferred, changed or dropped.

    Args:
        raw: the columns as read.
        settings: column name → its settings; roles of the other columns are inferred.
        untyped: whether the file stores every value as text (CSV).
        not_finite: whether NaN and infinite numbers are refused or become null.
        where: the source, as messages name it.

    Raises:
        BadInput: a column or the whole frame cannot be used.
    """
    if unknown := [name for name in settings if name not in raw.columns]:
        raise BadInput(f"{where} has no column {unknown[0]!r}, only {list_names(raw.columns)}; correct 'columns'")
    _refuse_short(raw, where)
    columns: list[Column] = []
    series: list[pl.Series] = []
    notes: list[str] = []
    free = free_names(raw.columns)
    for name in raw.columns:
        place = f"{where}, column {name!r}"
        renamed = raw[name].alias(free[name])
        setting, guess = _setting(renamed, settings.get(name), untyped=untyped, where=place)
        notes += guess
        if setting.role is Role.IGNORE:
            continue
        column, values, changed = _read(renamed, setting, untyped=untyped, not_finite=not_finite, where=place)
        columns.append(column if free[name] == name else replace(column, source=name))
        series.append(values)
        notes += changed
        if free[name] != name:
            notes.append(f"column {name!r} is called {free[name]!r} from here on: the name means something else here")
    schema = Schema(tuple(columns))
    _refuse_roles(schema, where)
    rows, dropped = _drop_empty_text(pl.DataFrame(series), schema)
    _refuse_short(rows, where)
    return RealData(rows=rows, schema=schema, notes=[_summary(schema), *notes, *dropped, *_constants(rows, schema)])


def free_names(names: Sequence[str]) -> dict[str, str]:
    """Map each name of a file to one that is free: itself, or with ``_`` appended.

    It is not free where it is reserved, where Polars reads it as a pattern (``^…$``), and where it differs from an
    earlier name by case alone, since SQL does not tell such names apart.
    """
    every, taken, free = {name.lower() for name in names}, set(RESERVED), dict[str, str]()
    for name in names:
        other = name
        while other.lower() in taken or _is_pattern(other) or (other != name and other.lower() in every):
            other += "_"
        taken.add(other.lower())
        free[name] = other
    return free


def _is_pattern(name: str) -> bool:
    return name[:1] == "^" and name[-1:] == "$"


def list_names(names: list[str], most: int = 8) -> str:
    """Format column or file names for a message; of many, only the first ``most``."""
    shown = ", ".join(repr(name) for name in names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"


def _setting(
    values: pl.Series, declared: ColumnSetting | None, *, untyped: bool, where: str
) -> tuple[ColumnSetting, list[str]]:
    ignored = declared is not None and declared.role is Role.IGNORE
    if not ignored and values.null_count() == len(values):
        raise BadInput(f"{where}: every value is missing; give the column the role 'ignore'")
    if declared is not None:
        return declared, []
    role, note = guess_role(values, untyped=untyped)
    return ColumnSetting(role=role), [note] if note else []


def _read(
    raw: pl.Series, setting: ColumnSetting, *, untyped: bool, not_finite: NotFinite, where: str
) -> tuple[Column, pl.Series, list[str]]:
    match setting.role:
        case Role.IMAGE:
            pictures, shape, levels = read_images(raw, shape=setting.shape, levels=setting.levels, where=where)
            return Column(name=raw.name, role=Role.IMAGE, shape=shape, levels=levels), pictures, []
        case Role.NUMERIC:
            values, notes = to_quantities(raw, not_finite=not_finite, where=where)
            about, more = kind_of_numbers(values, integer=setting.integer, where=where)
            notes += more
        case _:
            values, notes = to_scalars(raw, not_finite=not_finite, where=where)
            about = kind_of_text(values, untyped=untyped)
    nulls = values.null_count()
    column = Column(name=raw.name, role=setting.role, nullable=setting.role is not Role.TEXT and nulls > 0, **about)
    found, reasons = canonical(values, column)
    if setting.role is not Role.TEXT and reasons.null_count() < len(reasons):
        row = int(reasons.is_not_null().arg_max() or 0)
        raise BadInput(f"{where}: row {row + 1} {reasons[row]}; correct it, or give the column another role")
    if setting.role in (Role.CATEGORICAL, Role.LABEL):
        refuse_many_levels(found, where)
    if setting.role is Role.LABEL and nulls:
        raise BadInput(
            f"{where}: {nulls:,} rows have no label; label them, drop them, or give the column the role 'categorical'"
        )
    return column, found, notes


def _refuse_short(rows: pl.DataFrame, where: str) -> None:
    if len(rows) < FEWEST_ROWS:
        raise BadInput(
            f"{where} has {len(rows)} rows, but at least {FEWEST_ROWS} are needed (one for the anchor, one for the "
            "holdout); add rows"
        )


def _refuse_roles(schema: Schema, where: str) -> None:
    if not schema.columns:
        raise BadInput(f"{where}: every column is ignored; give at least one a role in 'columns'")
    for role in (Role.IMAGE, Role.TEXT, Role.LABEL):
        names = [column.name for column in schema.with_role(role)]
        if len(names) > 1:
            raise BadInput(
                f"{where} has {len(names)} columns of role {role.value!r} ({list_names(names)}), but only one is "
                "allowed; give the others another role, or 'ignore', in 'columns'"
            )


def _drop_empty_text(rows: pl.DataFrame, schema: Schema) -> tuple[pl.DataFrame, list[str]]:
    """Drop rows whose text is empty or white space: a language model learns nothing from them."""
    if schema.text is None:
        return rows, []
    kept = rows.filter(pl.col(schema.text.name).str.contains(r"\S"))
    gone = len(rows) - len(kept)
    return kept, [f"{gone:,} rows without text in column {schema.text.name!r} were left out"] if gone else []


def _summary(schema: Schema) -> str:
    parts = [
        f"{role.value}: {list_names([column.name for column in columns])}"
        for role in Role
        if (columns := schema.with_role(role))
    ]
    if (image := schema.image) is not None and image.shape is not None:
        parts.append(f"pictures of {image.shape[0]} × {image.shape[1]} pixels, grey values 0..{image.levels}")
    return "; ".join(parts)


def _constants(rows: pl.DataFrame, schema: Schema) -> list[str]:
    names = [column.name for column in schema.columns if column is not schema.image]
    same = [name for name in names if rows[name].n_unique() == 1]
    return [f"the same value in every row: {list_names(same)}"] if same else []
