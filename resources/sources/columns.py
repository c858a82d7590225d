"""Canonical columns from a file's raw columns, by the role of each."""

from collections.abc import Mapping
from typing import Any, Self

import polars as pl
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, model_validator

from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.convert import NotFinite, refuse_many_levels, to_numeric, to_strings
from outcross.resources.sources.images import read_images
from outcross.resources.sources.keys import no_column, read_entity, read_time
from outcross.resources.sources.label import refuse_no_label
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
        if self.role not in (Role.NUMERIC, Role.TARGET) and self.integer is not None:
            raise ValueError(
                f"'integer' is a setting of the roles 'numeric' and 'target', not of {self.role.value!r}; remove it"
            )
        return self


def read_columns(
    raw: pl.DataFrame,
    settings: Mapping[str, ColumnSetting],
    *,
    untyped: bool,
    not_finite: NotFinite,
    where: str,
    entity: str | None = None,
    time: str | None = None,
) -> RealData:
    """Give every column its role and canonical values, with notes on what was inferred, changed or dropped.

    Args:
        raw: the columns as read.
        settings: column name → its settings; roles of the other columns are inferred.
        untyped: whether the file stores every value as text (CSV).
        not_finite: whether NaN and infinite numbers are refused or become null.
        where: the source, as messages name it.
        entity: column that names what each row belongs to; it is ignored unless ``settings`` give it a role.
        time: column that orders the rows.

    Raises:
        BadInput: a column or the whole frame cannot be used.
    """
    for key, keyed in (("entity", entity), ("time", time)):
        if keyed is not None and keyed not in raw.columns:
            raise no_column(key, keyed, raw.columns)
    if entity is not None and entity not in settings:
        settings = {**settings, entity: ColumnSetting(role=Role.IGNORE)}
    if unknown := [name for name in settings if name not in raw.columns]:
        raise BadInput(f"{where} has no column {unknown[0]!r}, only {list_names(raw.columns)}; correct 'columns'")
    _refuse_short(raw, where)
    columns: list[Column] = []
    series: list[pl.Series] = []
    notes: list[str] = []
    for name in raw.columns:
        place = f"{where}, column {name!r}"
        values = raw[name].alias(_free(name, raw.columns))
        setting, guess = _setting(values, settings.get(name), untyped=untyped, where=place)
        notes += guess
        if setting.role is Role.IGNORE:
            continue
        column, canonical, changed = _read(values, setting, not_finite, place)
        columns.append(column)
        series.append(canonical)
        notes += changed
        if column.name != name:
            notes.append(f"column {name!r} is called {column.name!r} from here on: the name means something else here")
    schema = Schema(tuple(columns))
    _refuse_roles(schema, where)
    kept, dropped = _keep_text(pl.DataFrame(series), schema)
    rows = pl.DataFrame(series).filter(kept)
    _refuse_short(rows, where)
    return RealData(
        rows=rows,
        schema=schema,
        notes=[_summary(schema), *notes, *dropped, *_constants(rows, schema)],
        entity=None if entity is None else read_entity(raw[entity].filter(kept)),
        time=None if time is None else _read_time(raw, rows, time, kept),
    )


def _read_time(raw: pl.DataFrame, rows: pl.DataFrame, time: str, kept: pl.Series) -> pl.Series:
    """Read the time from the canonical column where that is numeric, which knows every spelling, else as it came."""
    name = _free(time, raw.columns)
    if name in rows.columns and rows[name].dtype.is_numeric():
        return read_time(rows[name])
    return read_time(raw[time].filter(kept))


def _free(name: str, taken: list[str]) -> str:
    """Return the name, with ``_`` appended where it is reserved or where Polars reads it as a pattern (``^…$``)."""
    free = name
    while free.lower() in RESERVED or (free[:1] == "^" and free[-1:] == "$") or (free != name and free in taken):
        free += "_"
    return free


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
    values: pl.Series, setting: ColumnSetting, not_finite: NotFinite, where: str
) -> tuple[Column, pl.Series, list[str]]:
    match setting.role:
        case Role.IMAGE:
            pictures, shape, levels = read_images(values, shape=setting.shape, levels=setting.levels, where=where)
            return Column(name=values.name, role=Role.IMAGE, shape=shape, levels=levels), pictures, []
        case Role.NUMERIC | Role.TARGET:
            numeric, notes = to_numeric(values, integer=setting.integer, not_finite=not_finite, where=where)
            nullable = numeric.null_count() > 0
            integer = numeric.dtype == pl.Int64
            target = setting.role is Role.TARGET
            column = Column(name=values.name, role=Role.NUMERIC, integer=integer, nullable=nullable, target=target)
            return column, numeric, notes
        case role:
            strings, notes = to_strings(values, not_finite=not_finite, where=where)
            if role in (Role.CATEGORICAL, Role.LABEL):
                refuse_many_levels(strings, where)
            if role is Role.LABEL:
                refuse_no_label(strings, where)
            if role is Role.LABEL and (nulls := strings.null_count()):
                raise BadInput(
                    f"{where}: {nulls:,} rows have no label; label them, drop them, or give the column the role "
                    "'categorical'"
                )
            nullable = role is not Role.TEXT and strings.null_count() > 0
            return Column(name=values.name, role=role, nullable=nullable), strings, notes


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
    targets = [column.name for column in schema.columns if column.target]
    outcomes = [*targets, *(column.name for column in schema.with_role(Role.LABEL))]
    if targets and len(outcomes) > 1:
        raise BadInput(
            f"{where} has {len(outcomes)} columns of the roles 'target' and 'label' ({list_names(outcomes)}), but "
            "utility is that of one; make the others numeric, categorical or 'ignore' in 'columns'"
        )


def _keep_text(rows: pl.DataFrame, schema: Schema) -> tuple[pl.Series, list[str]]:
    """Return which rows are kept: a language model learns nothing from text that is empty or white space."""
    if schema.text is None:
        return pl.repeat(value=True, n=len(rows), dtype=pl.Boolean, eager=True), []
    kept = rows[schema.text.name].str.contains(r"\S").fill_null(value=False)
    gone = len(rows) - int(kept.sum())
    return kept, [f"{gone:,} rows without text in column {schema.text.name!r} were left out"] if gone else []


def _summary(schema: Schema) -> str:
    parts = [
        f"{role.value}: {list_names([column.name for column in columns])}"
        for role in Role
        if (columns := schema.with_role(role))
    ]
    if schema.target is not None:
        parts.append(f"target: {schema.target.name!r}")
    if (image := schema.image) is not None and image.shape is not None:
        parts.append(f"pictures of {image.shape[0]} × {image.shape[1]} pixels, grey values 0..{image.levels}")
    return "; ".join(parts)


def _constants(rows: pl.DataFrame, schema: Schema) -> list[str]:
    names = [column.name for column in schema.columns if column is not schema.image]
    same = [name for name in names if rows[name].n_unique() == 1]
    return [f"the same value in every row: {list_names(same)}"] if same else []
