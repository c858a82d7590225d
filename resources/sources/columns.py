"""Canonical columns from a file's raw columns, by the role of each."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import polars as pl

from outcross.resources.did_you_mean import did_you_mean
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.canonical import canonical
from outcross.resources.sources.column_record import ColumnRecord, to_setting
from outcross.resources.sources.column_setting import ColumnSetting, Decimal
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.convert import NotFinite, refuse_many_levels, to_quantities, to_scalars
from outcross.resources.sources.empty_text import (
    may_hold_empty_text,
    tell_empty_text,
    with_empty_text,
    without_empty_text,
)
from outcross.resources.sources.guessed_texts import leave_out_texts
from outcross.resources.sources.header import tell_header
from outcross.resources.sources.images import read_images
from outcross.resources.sources.infer import infer, leave_to_carry
from outcross.resources.sources.keys import no_column, read_entity, read_time
from outcross.resources.sources.kinds import kind_of_numbers, kind_of_text
from outcross.resources.sources.label import refuse_no_label
from outcross.resources.sources.list_names import list_names
from outcross.resources.sources.spelled import FileSpelling, find_decimal, with_nulls
from outcross.resources.tokens import lack_words, needs_normalising

FEWEST_ROWS = 2
Nulls = Mapping[str, tuple[str, ...]] | tuple[str, ...]
RESERVED = frozenset(
    {"", "*", "row", "row_id", "replicate", "weight", "origin", "generation", "lineage", "depth"}
    | {"study", "thing", "filename", "made_in", "made_by", "pool_row", "test_set"}
)
"""Column names that the project's own frames use, or that mean no column or every column."""


def read_columns(
    raw: pl.DataFrame,
    settings: Mapping[str, ColumnSetting],
    *,
    untyped: bool,
    not_finite: NotFinite,
    where: str,
    decimal: Decimal | None = None,
    date: str | None = None,
    nulls: Nulls = (),
    entity: str | None = None,
    time: str | None = None,
    guessed_text: bool = True,
    carries: bool = False,
) -> RealData:
    """Give every column its role and canonical values, with notes on what was inferred, changed or dropped.

    Args:
        raw: the columns as read.
        settings: column name → its settings; roles of the other columns are inferred.
        untyped: whether the file stores every value as text (CSV).
        not_finite: whether NaN and infinite numbers are refused or become null.
        where: the source, as messages name it.
        decimal: the decimal mark of numbers in text; None infers it.
        date: the format of dates in text; None infers it.
        nulls: values that mean a missing value, in every column or column name → values.
        entity: column that names what each row belongs to; it is ignored unless ``settings`` give it a role.
        time: column that orders the rows.
        guessed_text: whether a column may be text by a guess; where it may not, it is left out if there are others.
        carries: whether a column that nothing can model is left out, since rows are kept as they came.

    Raises:
        BadInput: a column or the whole frame cannot be used.
    """
    for key, keyed in (("entity", entity), ("time", time)):
        if keyed is not None and keyed not in raw.columns:
            raise no_column(key, keyed, raw.columns)
    if entity is not None and entity not in settings:
        settings = {**settings, entity: ColumnSetting(role=Role.IGNORE)}
    for key, stated in (("columns", settings), ("null_values", nulls if isinstance(nulls, Mapping) else ())):
        if unknown := [name for name in stated if name not in raw.columns]:
            raise BadInput(
                f"{where} has no column {unknown[0]!r}{did_you_mean(unknown[0], raw.columns)}, only "
                f"{list_names(raw.columns)}; correct {key!r}"
            )
    _refuse_short(len(raw), where)
    file = FileSpelling(untyped=untyped, decimal=decimal, hint=find_decimal(raw), date=date)
    columns: list[Column] = []
    series: list[pl.Series] = []
    records: list[ColumnRecord] = []
    changes: dict[str, list[str]] = {}
    inferred: set[str] = set()
    free, twins = free_names(raw.columns), _twins(raw.columns)
    for name in raw.columns:
        place = f"{where}, column {name!r}"
        values = raw[name].alias("values")  # Polars would read some names as patterns
        missing_words = _nulls_of(values, name, nulls)
        values = with_nulls(values, missing_words)
        filled = without_empty_text(values) if untyped else values
        if carries and name not in settings and (why := _why_carried(filled)):
            found = leave_to_carry(filled, why)
        else:
            found = infer(filled, settings.get(name), file, name=name, nulls=missing_words, where=place)
        column, missing = None, filled.null_count()
        if found.setting.role is not Role.IGNORE:
            called = found.values.alias(free[name])
            column, fitted, changed = _read(called, found.setting, untyped=untyped, not_finite=not_finite, where=place)
            if filled.null_count() > values.null_count() and may_hold_empty_text(column):
                fitted, found = with_empty_text(fitted, values), tell_empty_text(found, values, name)
                column = replace(column, nullable=fitted.null_count() > 0)
            spelling = None if found.spelling is None else found.spelling.to_json()
            column = replace(column, spelling=spelling, source=None if free[name] == name else name)
            column = replace(column, blank=may_hold_empty_text(column) and bool((fitted == "").any()))
            columns.append(column)
            series.append(fitted)
            changes[name] = changed
            missing = fitted.null_count()
        records.append(found.record(raw[name], column, missing, twin=twins.get(name)))
        if found.why:
            inferred.add(name)
    if not guessed_text:
        columns, series, records = leave_out_texts(columns, series, records, stated=settings)
    notes = [
        note
        for record in records
        for note in (
            *changes.get(record.name, []),
            *([f"column {record.name!r} {record.why}"] if record.told or record.name in inferred else []),
        )
    ]
    schema = Schema(tuple(columns))
    _refuse_roles(schema, records, where)
    kept, dropped = _keep_text(pl.DataFrame(series), schema)
    rows = pl.DataFrame(series).filter(kept)
    _refuse_short(len(rows), where, without_text=len(raw) - len(rows))
    notes = [
        say_roles(schema),
        *notes,
        *dropped,
        *_constants(rows, schema),
        *tell_header(records, raw, untyped=untyped),
    ]
    return RealData(
        rows=rows,
        schema=schema,
        notes=notes,
        columns=tuple(records),
        entity=None if entity is None else read_entity(raw[entity].filter(kept)).alias(free[entity]),
        time=None if time is None else _read_time(raw, rows, free[time], time, kept),
        places=pl.int_range(raw.height, dtype=pl.Int64, eager=True).filter(kept),
    )


def _why_carried(values: pl.Series) -> str:
    """Return why nothing can model a column; empty where its values decide."""
    if values.null_count() == len(values):
        return "has no value"
    is_nested = values.dtype.is_nested() or values.dtype in (pl.Binary, pl.Object)
    return f"holds {values.dtype} values, which nothing models" if is_nested else ""


def _read_time(raw: pl.DataFrame, rows: pl.DataFrame, name: str, time: str, kept: pl.Series) -> pl.Series:
    """Read the time from the canonical column where that is numeric, which knows every spelling, else as it came."""
    if name in rows.columns and rows[name].dtype.is_numeric():
        return read_time(rows[name])
    return read_time(raw[time].filter(kept))


def _nulls_of(values: pl.Series, name: str, nulls: Nulls) -> tuple[str, ...]:
    """Return the values that mean a missing value in a column; none where those for all columns do not occur in it."""
    if isinstance(nulls, Mapping):
        return nulls.get(name, ())
    occurs = nulls and values.dtype == pl.String and with_nulls(values, nulls).null_count() > values.null_count()
    return nulls if occurs else ()


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


def _twins(names: Sequence[str]) -> dict[str, str]:
    """Map each name that differs from an earlier one by case alone to that one."""
    first: dict[str, str] = {}
    return {name: one for name in names if (one := first.setdefault(name.lower(), name)) != name}


def _is_pattern(name: str) -> bool:
    return name[:1] == "^" and name[-1:] == "$"


def _read(
    raw: pl.Series, setting: ColumnSetting, *, untyped: bool, not_finite: NotFinite, where: str
) -> tuple[Column, pl.Series, list[str]]:
    match setting.role:
        case Role.IMAGE:
            channels = setting.channels or 1
            pictures, shape, levels = read_images(
                raw, shape=setting.shape, levels=setting.levels, channels=channels, where=where
            )
            column = Column(name=raw.name, role=Role.IMAGE, shape=shape, levels=levels, channels=channels)
            return column, pictures, []
        case Role.NUMERIC | Role.TARGET:
            values, notes = to_quantities(raw, not_finite=not_finite, where=where)
            about, more = kind_of_numbers(values, integer=setting.integer, where=where)
            about = {**about, "target": setting.role is Role.TARGET}
            notes += more
        case _:
            values, notes = to_scalars(raw, not_finite=not_finite, where=where)
            about = kind_of_text(values, untyped=untyped)
    nulls = values.null_count()
    role = Role.NUMERIC if setting.role is Role.TARGET else setting.role
    column = Column(name=raw.name, role=role, nullable=role is not Role.TEXT and nulls > 0, **about)
    found, reasons = canonical(values, column)
    if role is not Role.TEXT and reasons.null_count() < len(reasons):
        row = int(reasons.is_not_null().arg_max() or 0)
        raise BadInput(f"{where}: row {row + 1} {reasons[row]}; correct it, or give the column another role")
    if role in (Role.CATEGORICAL, Role.LABEL):
        refuse_many_levels(found, where)
    if role is Role.LABEL:
        refuse_no_label(found, where)
    if role is Role.LABEL and nulls:
        raise BadInput(
            f"{where}: {nulls:,} rows have no label; label them, drop them, or give the column the role 'categorical'"
        )
    return column, found, notes


def _refuse_short(rows: int, where: str, *, without_text: int = 0) -> None:
    if rows < FEWEST_ROWS:
        others = f" with text, and {without_text:,} without," if without_text else ","
        raise BadInput(
            f"{where} has {rows} rows{others} but at least {FEWEST_ROWS} are needed (one for the anchor, one for the "
            "holdout); add rows"
        )


def _refuse_roles(schema: Schema, records: list[ColumnRecord], where: str) -> None:
    if not schema.columns:
        reasons = "; ".join(record.line for record in records if record.told)
        raise BadInput(
            f"{where}: every column is ignored; give at least one a role in 'columns'"
            + (f" ({reasons})" if reasons else "")
        )
    for role in (Role.IMAGE, Role.TEXT, Role.LABEL):
        names = [column.name for column in schema.with_role(role)]
        if len(names) > 1 and role is Role.TEXT:
            others = to_setting(dict.fromkeys(names[1:], "ignore"))
            joined = " ".join(f"### {name}: {{{name}}}" for name in names)
            raise BadInput(
                f"{where} has {len(names)} columns of role 'text' ({list_names(names)}), but only one is allowed; join "
                f"them with \"template: '{joined}'\", or leave the others out: {others!r}"
            )
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
    """Return which rows are kept: a language model learns nothing from a text without tokens. Note what tokens hide."""
    if schema.text is None:
        return pl.repeat(value=True, n=len(rows), dtype=pl.Boolean, eager=True), []
    name = schema.text.name
    kept = ~lack_words(rows[name])
    gone = len(rows) - int(kept.sum())
    notes = [f"{gone:,} rows without text in column {name!r} were left out"] if gone else []
    if changed := sum(map(needs_normalising, rows[name].filter(kept))):
        notes.append(
            f"column {name!r}: {changed:,} rows have characters that are invisible or not in composed form (NFC); they "
            "are kept, but compared and counted in that form and without invisible ones"
        )
    return kept, notes


def say_roles(schema: Schema) -> str:
    """Say in one line which columns have which role."""
    parts = [
        f"{role.value}: {list_names([column.name for column in columns])}"
        for role in Role
        if (columns := schema.with_role(role))
    ]
    if schema.target is not None:
        parts.append(f"target: {schema.target.name!r}")
    if (image := schema.image) is not None and image.shape is not None:
        values = "red, green and blue" if image.in_colour else "grey values"
        parts.append(f"pictures of {image.shape[0]} × {image.shape[1]} pixels, {values} 0..{image.levels}")
    return "; ".join(parts)


def _constants(rows: pl.DataFrame, schema: Schema) -> list[str]:
    names = [column.name for column in schema.columns if column is not schema.image]
    same = [name for name in names if rows[name].n_unique() == 1]
    return [f"the same value in every row: {list_names(same)}"] if same else []
