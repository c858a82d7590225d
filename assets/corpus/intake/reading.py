"""A batch's file, read into canonical rows by its corpus's schema, with reasons against each row that does not fit.

What is wrong with the file is an error; what is wrong with a row is a reason, and the row is kept as it came.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import polars as pl

from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.provenance import COLUMNS, PREFIX
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.convert import count_since_epoch
from outcross.resources.sources.formats import ROWS_BY_SUFFIX, suffix_of
from outcross.resources.sources.formats.contract import ReadLimits
from outcross.resources.sources.locate import SourceFile

CHUNK = 65_536
"""Rows read at a time."""
SHOWN = 60
"""Characters of a value that a reason shows."""


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file.

    Attributes:
        rows: those that fit: ``position`` (Int64, from 0 in the file), the canonical columns, and of the columns of
            provenance those that the file has.
        misfits: those that do not: ``position``, ``raw`` (JSON of the row as it came), ``reasons`` (List of String).
    """

    rows: pl.DataFrame
    misfits: pl.DataFrame


def read_batch(file: SourceFile, schema: Schema, limits: Limits) -> Iterator[Chunk]:
    """Read a file, some rows at a time.

    Raises:
        BadInput: its format is not known, it is damaged or larger than the limits, or it lacks a column.
    """
    position = 0
    for raw in _raw(file, limits):
        if not position:
            _refuse_columns(raw, schema, file.name)
        if position + raw.height > limits.rows:
            raise BadInput(f"file {file.name!r} has more than {limits.rows:,} rows ('limits: rows'); split it")
        yield fit_rows(_without_position(raw).with_row_index("position", offset=position), schema)
        position += raw.height
    if not position:
        raise BadInput(f"file {file.name!r} holds no rows; send it again once it does")


def _without_position(raw: pl.DataFrame) -> pl.DataFrame:
    """The rows with another name for a column ``position`` of their own."""
    if "position" not in raw.columns:
        return raw
    free = "position_"
    while free in raw.columns:
        free += "_"
    return raw.rename({"position": free})


def count_file_rows(file: SourceFile, limits: Limits) -> int:
    """Read a file as :func:`read_batch` does, and count its rows; raises as that does."""
    return sum(raw.height for raw in _raw(file, limits))


def _raw(file: SourceFile, limits: Limits) -> Iterator[pl.DataFrame]:
    found = ROWS_BY_SUFFIX.get(suffix_of(file.name))
    if found is None:
        raise BadInput(
            f"file {file.name!r}: the extension is none of {', '.join(ROWS_BY_SUFFIX)}; rename or convert it"
        )
    most = ReadLimits(rows=limits.rows, text_bytes=limits.text_bytes, unpacked_bytes=limits.unpacked_bytes)
    yield from found.blocks(file, rows=CHUNK, limits=most)


def _refuse_columns(raw: pl.DataFrame, schema: Schema, name: str) -> None:
    if lacking := [column for column in schema.names if column not in raw.columns]:
        raise BadInput(
            f"file {name!r} lacks the column {lacking[0]!r}"
            + (f" and {len(lacking) - 1} more" if len(lacking) > 1 else "")
            + f" (it has {', '.join(map(repr, raw.columns[:20]))}); add it, with nulls where nothing is known"
        )


def fit_rows(raw: pl.DataFrame, schema: Schema) -> Chunk:
    """Convert every column of rows with their ``position``, and tell the rows whose value cannot be."""
    converted = [raw["position"].cast(pl.Int64)]
    reasons: list[pl.Series] = []
    for column in schema.columns:
        values, reason = _convert(raw[column.name], column)
        converted.append(values)
        reasons.append(reason)
    for name, dtype in COLUMNS.items():
        if f"{PREFIX}{name}" in raw.columns:
            values, reason = _claim(raw[f"{PREFIX}{name}"], dtype)
            converted.append(values)
            reasons.append(reason)
    found = pl.DataFrame([series.alias(f"{place}") for place, series in enumerate(reasons)]).select(
        reasons=pl.concat_list(pl.all()).list.drop_nulls()
    )["reasons"]
    wrong = found.list.len() > 0
    spelled = raw.filter(wrong).with_columns(pl.col(pl.Binary).bin.encode("hex"))  # JSON has no bytes
    misfits = spelled.select(
        pl.col("position").cast(pl.Int64), raw=pl.struct(pl.exclude("position")).struct.json_encode()
    )
    return Chunk(pl.DataFrame(converted).filter(~wrong), misfits.with_columns(found.filter(wrong)))


def _convert(values: pl.Series, column: Column) -> tuple[pl.Series, pl.Series]:
    """Return the canonical values, and why not (null where all is well)."""
    if column.role is Role.NUMERIC:
        canonical, problem = _number(values, integer=column.integer)
    else:
        canonical, problem = _string(values)
    lacking = pl.Series(values.is_null() if not column.nullable else [False] * len(values), dtype=pl.Boolean)
    wrong = values.is_not_null() & canonical.is_null()
    frame = pl.DataFrame({"lacking": lacking, "wrong": wrong, "shown": _shown(values)})
    reason = frame.select(
        pl.when("lacking")
        .then(pl.lit(f"schema: column {column.name!r} has no value, and the anchor's always has one"))
        .when("wrong")
        .then(
            pl.concat_str(pl.lit(f"schema: column {column.name!r} holds '"), "shown", pl.lit(f"', which is {problem}"))
        )
        .alias("reason")
    )["reason"]
    return canonical.alias(column.name), reason


def _shown(values: pl.Series) -> pl.Series:
    """Return the beginning of each value as text; Polars has none for a list, nor for bytes that are no text."""
    if values.dtype == pl.Binary:
        text = values.bin.encode("hex")
    elif values.dtype.is_nested():
        text = pl.Series([None if value is None else str(value) for value in values.to_list()], dtype=pl.String)
    else:
        text = values.cast(pl.String, strict=False)
    return text.fill_null("?").str.slice(0, SHOWN)


def _number(values: pl.Series, *, integer: bool) -> tuple[pl.Series, str]:
    problem, dtype = ("no whole number", pl.Int64()) if integer else ("no number", pl.Float64())
    if values.dtype == pl.String:
        values = values.str.strip_chars()
    elif values.dtype.is_temporal():
        values, _ = count_since_epoch(values)
    elif not (values.dtype.is_numeric() or values.dtype == pl.Boolean):
        return pl.repeat(None, len(values), dtype=dtype, eager=True), problem
    number = pl.col("value").cast(pl.Float64, strict=False)
    finite: pl.Expr = pl.when(number.is_finite()).then(number)
    if integer:
        exact: pl.Expr = pl.when((finite % 1 == 0) & (finite.abs() <= 2**53)).then(finite).cast(pl.Int64, strict=False)
        whole = pl.lit(None) if values.dtype.is_float() else pl.col("value").cast(pl.Int64, strict=False)
        finite = pl.coalesce(whole, exact)
    return pl.DataFrame({"value": values}).select(finite.cast(dtype)).to_series(), problem


def _string(values: pl.Series) -> tuple[pl.Series, str]:
    problem = "no category or text"
    if values.dtype.is_float():
        whole = (values % 1 == 0) & (values.abs() <= 2**53)
        as_whole = values.cast(pl.Int64, strict=False).cast(pl.String)
        finite = values.is_finite()
        text = pl.select(pl.when(finite & whole).then(as_whole).when(finite).then(values.cast(pl.String))).to_series()
        return text, problem
    if values.dtype.is_nested() or values.dtype == pl.Binary:
        return pl.repeat(None, len(values), dtype=pl.String(), eager=True), problem
    return values.cast(pl.String, strict=False), problem


def _claim(values: pl.Series, dtype: pl.DataType) -> tuple[pl.Series, pl.Series]:
    """A column of provenance; an origin that is none of the known ones is a reason against the row."""
    name = values.name.removeprefix(PREFIX)
    canonical = (
        values.cast(dtype, strict=False)
        if not values.dtype.is_nested()
        else pl.repeat(None, len(values), dtype=dtype, eager=True)
    )
    wrong = values.is_not_null() & canonical.is_null()
    if name == "origin":
        wrong = wrong | ~canonical.is_in(["real", "synthetic", "mixed", "unknown"]).fill_null(True)
    if name == "depth":
        wrong = wrong | (canonical < 0).fill_null(False)
    reason = pl.select(
        pl.when(wrong).then(pl.lit(f"provenance: column {values.name!r} holds what is no {name}"))
    ).to_series()
    return canonical.alias(name), reason
