"""The metrics of synthetic rows, without a study."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Any

import polars as pl
from pydantic import TypeAdapter, ValidationError

from outcross._api.frames import Rows, as_frame, is_path
from outcross.assets.anchor.split import split
from outcross.assets.evaluation.evaluate import evaluate
from outcross.assets.instruments.probe import build_probe
from outcross.assets.metrics.contract import DEFAULT, RowMetric
from outcross.assets.metrics.plugins import installed_metrics
from outcross.assets.metrics.registry import METRIC_OF, METRICS, metrics_of
from outcross.resources.compute import bounded_threads
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Schema, Unit
from outcross.resources.seeds import derive_seed
from outcross.resources.sources.column_setting import ColumnSetting
from outcross.resources.sources.columns import read_columns
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.files import Files

HELD_OUT = 0.5
"""Share of the real rows that are held out where no anchor is given."""

_SETTINGS: TypeAdapter[dict[str, ColumnSetting]] = TypeAdapter(dict[str, ColumnSetting])


def measure(
    synthetic: Rows,
    real: Rows,
    *,
    anchor: Rows | None = None,
    metrics: Collection[str] | None = None,
    columns: Mapping[str, Any] | None = None,
    seed: int = 0,
) -> pl.DataFrame:
    """Measure synthetic rows against real rows that no model saw.

    Rows are a Polars or pandas frame, anything else that ``polars.DataFrame`` takes, or the path of a Parquet, Arrow,
    CSV, JSON or text file.

    Args:
        synthetic: rows that a model generated; columns that ``real`` lacks are left out.
        real: real rows that the model was not fitted to. Without ``anchor``: all real rows, of which half are held out
            and half are the anchor, by a seeded hash of their content, so that equal rows are on one side.
        anchor: the real rows that the synthetic ones were made from. The embedding, the real-only classifier and the
            rare values come from it, and copies are sought in it.
        metrics: names of families, such as ``["shapes", "utility"]``; by default all that are defined for the data but
            the dearest.
        columns: column → role (``numeric``, ``categorical``, ``label``, ``group``, ``text``, ``image``, ``ignore``) or
            ``{"role": …, "shape": …, "levels": …, "integer": …}``; roles of the other columns are inferred from the
            real rows, as the source ``files`` of a study does.
        seed: of the split, and of metrics that draw rows; the same seed gives the same values.

    Returns a line per measurement: ``metric``, ``about`` (empty for all rows, else a column or group), ``family`` (the
    definition of collapse that it belongs to), ``direction`` (which values are better: ``lower``, ``higher`` or those
    near ``one``), ``value``, ``standard_error`` (NaN where the metric has none).

    Raises:
        BadInput: rows cannot be read, lack a column or are too few; or a metric does not exist or suit the data.
    """
    settings = _settings(columns or {})
    held_out = _read(real, "real", settings)
    others = {"synthetic": _read_as(synthetic, "synthetic", held_out.schema)}
    if anchor is not None:
        others["anchor"] = _read_as(anchor, "anchor", held_out.schema)
    schema = _common(held_out.schema, [each.schema for each in others.values()])
    _refuse_metrics(metrics, schema)
    holdout = _canonical(held_out, schema)
    if anchor is None:
        parts = split(holdout, schema, holdout=HELD_OUT, seed=seed)
        base, holdout = parts.anchor.select(schema.names), parts.holdout.select(schema.names)
    else:
        base = _canonical(others["anchor"], schema)
    with bounded_threads():
        return evaluate(
            synthetic=_canonical(others["synthetic"], schema),
            reference=holdout,
            schema=schema,
            probe=build_probe(base, holdout, schema, seed=derive_seed("measure", seed, "probe")),
            seed=derive_seed("measure", seed, "evaluate"),
            against="holdout",
            metrics=metrics,
        )


def _settings(columns: Mapping[str, Any]) -> dict[str, ColumnSetting]:
    try:
        return _SETTINGS.validate_python(dict(columns))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        raise BadInput(f"'columns': {key}: {first['msg']}; correct it") from None


def _read(rows: Rows, name: str, settings: Mapping[str, ColumnSetting]) -> RealData:
    if is_path(rows):
        return Files(path=str(rows), columns=dict(settings)).load()
    frame = as_frame(rows, name=f"the {name} rows")
    return read_columns(frame, settings, untyped=False, not_finite="error", where=f"frame '{name}'")


def _read_as(rows: Rows, name: str, schema: Schema) -> RealData:
    """Read rows with the roles that the real ones have; other columns play no part."""
    roles = {each.name: ColumnSetting(role=each.role, shape=each.shape, levels=each.levels) for each in schema.columns}
    sources = {each.name: each.source_name for each in schema.columns}
    if is_path(rows):
        read = _read(rows, name, {sources[each]: setting for each, setting in roles.items()})
    else:
        frame = as_frame(rows, name=f"the {name} rows")
        written = {each if each in frame.columns else sources[each]: setting for each, setting in roles.items()}
        if lacking := [each for each in written if each not in frame.columns]:
            raise BadInput(
                f"the {name} rows lack the column {lacking[0]!r}, which the real rows have; add it, or leave it out of "
                f"both with columns={{{lacking[0]!r}: 'ignore'}}"
            )
        read = _read(frame.select(list(written)), name, written)
    return RealData(rows=read.rows, schema=Schema(tuple(each for each in read.schema.columns if each.name in roles)))


def _common(schema: Schema, others: Collection[Schema]) -> Schema:
    """The real rows' schema, made wide enough for all: fractions and nulls are allowed where any of them has some."""

    def widened(column: Column) -> Column:
        same = [column, *(each for other in others for each in other.columns if each.name == column.name)]
        units = [each.unit for each in same]
        return replace(
            column,
            integer=all(each.integer for each in same),
            nullable=any(each.nullable for each in same),
            unit=max((unit for unit in units if unit), key=_UNITS.index) if all(units) else None,
        )

    return Schema(tuple(widened(column) for column in schema.columns))


_UNITS: tuple[Unit, ...] = ("d", "s", "ms", "us", "ns")
_FINER = {"d": 1, "s": 86_400, "ms": 86_400 * 10**3, "us": 86_400 * 10**6, "ns": 86_400 * 10**9}
"""Unit → how many make a day."""


def _canonical(read: RealData, schema: Schema) -> pl.DataFrame:
    """Select the columns of a schema; times are counted in its units, which are at least as fine."""
    own = {column.name: column.unit for column in read.schema.columns}

    def values(column: Column) -> pl.Expr:
        unit = own[column.name]
        finer = 1 if unit is None or column.unit is None else _FINER[column.unit] // _FINER[unit]
        return (pl.col(column.name) * finer if finer > 1 else pl.col(column.name)).cast(column.dtype)

    return read.rows.select(values(column) for column in schema.columns)


def _refuse_metrics(metrics: Collection[str] | None, schema: Schema) -> None:
    """Refuse names that would be left out in silence."""
    if isinstance(metrics, str):
        raise BadInput(f"'metrics' is the text {metrics!r}; give a list of names, such as [{metrics!r}]")
    named = [name for name in metrics or () if name in installed_metrics()]
    known = {metric.name: metric for metric in metrics_of(named) if isinstance(metric, RowMetric)}
    for name in metrics or ():
        if name == DEFAULT:
            continue
        if name not in known:
            family = METRIC_OF[name].name if name in METRIC_OF else None
            remedy = f"it is measured with {family!r}: name that" if family in known else _choose(schema)
            raise BadInput(f"'metrics' names {name!r}, which is no family of metrics of rows; {remedy}")
        if schema.modality not in known[name].modalities:
            raise BadInput(f"metric {name!r} is not defined for {schema.modality} data; {_choose(schema)}")
        lacks_outcome = known[name].needs_outcome and schema.outcome is None
        if lacks_outcome or (known[name].needs_label and schema.label is None):
            example = "{'income': 'label'}"
            raise BadInput(f"metric {name!r} needs a label; give a column that role, such as columns={example}")


def _choose(schema: Schema) -> str:
    defined = [
        metric.name for metric in METRICS if isinstance(metric, RowMetric) and schema.modality in metric.modalities
    ]
    return f"choose from {', '.join(defined)}"
