"""A batch's file, read into canonical rows by its corpus's schema, with reasons against each row that does not fit.

What is wrong with the file is an error; what is wrong with a row is a reason, and the row is kept as it came.
"""

import json
from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace

import polars as pl

from outcross.assets.corpus.corpus import Limits
from outcross.assets.corpus.marks.pictures import find_picture_marks
from outcross.assets.corpus.provenance import COLUMNS, PREFIX
from outcross.resources.errors import BadInput
from outcross.resources.schema import Column, Role, Schema
from outcross.resources.sources.canonical import canonical, with_canonical_names
from outcross.resources.sources.empty_text import read_empty_fields
from outcross.resources.sources.formats import ROWS_BY_SUFFIX
from outcross.resources.sources.formats.choice import choose_format
from outcross.resources.sources.formats.contract import DEFAULT_OPTIONS, Block, ReadLimits, ReadOptions, RowFormat
from outcross.resources.sources.locate import SourceFile
from outcross.resources.sources.picture_columns import is_of_structures
from outcross.resources.sources.templates import with_rendered

CHUNK = 65_536
"""Rows read at a time."""


@dataclass(frozen=True)
class Chunk:
    """Some rows of a file.

    Attributes:
        rows: those that fit: ``position`` (Int64, from 0 in the file), the canonical columns, and of the columns of
            provenance those that the file has.
        misfits: those that do not: ``position``, ``raw`` (JSON of the row as it came, or the ``line`` and ``text`` of a
            line that is no row), ``reasons`` (List of String).
        notes: what of the rows was left out.
        marks: of the pictures, :data:`~..marks.mark.MARKS`, if they were looked for.
    """

    rows: pl.DataFrame
    misfits: pl.DataFrame
    notes: tuple[str, ...] = ()
    marks: pl.DataFrame | None = None


def read_batch(
    file: SourceFile,
    schema: Schema,
    limits: Limits,
    options: ReadOptions = DEFAULT_OPTIONS,
    *,
    may_lack: Collection[str] = (),
    looks_for_marks: bool = False,
) -> Iterator[Chunk]:
    """Read a file, some rows at a time.

    Args:
        file: the file.
        schema: the columns of a row; the file may lack those of role ``ignore``, which are kept and not modelled.
        limits: the most that it may hold.
        options: how the anchor was read; a file of the anchor's format is read in the same way.
        may_lack: further columns that the file may lack.
        looks_for_marks: whether the marks of pictures are read, before these are decoded.

    Raises:
        BadInput: its format is not known, it is damaged or larger than the limits, or it lacks a column.
    """
    position, untyped = 0, _format(file).untyped
    for block in _rendered(_raw(file, limits, options), options, file.name):
        if not position:
            _refuse_columns(block.rows, schema, file.name, may_lack)
        unread = _with_optional(block.rows, schema, may_lack)
        if position + block.height > limits.rows:
            raise BadInput(f"file {file.name!r} has more than {limits.rows:,} rows ('limits: rows'); split it")
        places = block.places().alias("position") + position
        numbered = _without_position(unread).insert_column(0, places)
        marks = _find_marks(unread, places, schema) if looks_for_marks else None
        fitted = replace(fit_rows(numbered, schema, options, untyped=untyped), notes=block.notes, marks=marks)
        yield _with_bad_lines(fitted, block, position) if block.bad else fitted
        position += block.height
    if not position:
        raise BadInput(f"file {file.name!r} holds no rows; send it again once it does")


def _find_marks(unread: pl.DataFrame, places: pl.Series, schema: Schema) -> pl.DataFrame | None:
    if schema.image is None:
        return None
    return find_picture_marks(with_canonical_names(unread, schema)[schema.image.name], places)


def _with_bad_lines(fitted: Chunk, block: Block, position: int) -> Chunk:
    """Add the lines that are no rows to the misfits, each with its number and text."""
    lines = pl.DataFrame(
        {
            "position": [position + line.place for line in block.bad],
            "raw": [json.dumps({"line": line.line, "text": line.text}, ensure_ascii=False) for line in block.bad],
            "reasons": [[f"schema: line {line.line}: {line.fault}"] for line in block.bad],
        },
        schema=fitted.misfits.schema,
    )
    return replace(fitted, misfits=pl.concat([fitted.misfits, lines]).sort("position"))


def _without_position(raw: pl.DataFrame) -> pl.DataFrame:
    """The rows with another name for a column ``position`` of their own."""
    if "position" not in raw.columns:
        return raw
    free = "position_"
    while free in raw.columns:
        free += "_"
    return raw.rename({"position": free})


def count_file_rows(file: SourceFile, limits: Limits, options: ReadOptions) -> int:
    """Read a file as :func:`read_batch` does, and count its rows; raises as that does."""
    return sum(block.height for block in _raw(file, limits, options))


def _format(file: SourceFile) -> RowFormat:
    return choose_format(file, ROWS_BY_SUFFIX, stated=False)


def _raw(file: SourceFile, limits: Limits, options: ReadOptions) -> Iterator[Block]:
    found = _format(file)
    most = ReadLimits(
        rows=limits.rows,
        text_bytes=limits.text_bytes,
        unpacked_bytes=limits.unpacked_bytes,
        columns=limits.columns,
        cells=limits.cells,
    )
    yield from found.blocks(file, rows=CHUNK, limits=most, options=options.for_format(found.name))


def _rendered(blocks: Iterator[Block], options: ReadOptions, name: str) -> Iterator[Block]:
    """Render the text of each row as the anchor's was; the row is kept as it came next to it."""
    for block in blocks:
        if options.template is None:
            yield block
        else:
            where = f"file {name!r}"
            rows, notes = with_rendered(block.rows, options.template, leave_out=options.leave_out, where=where)
            yield replace(block, rows=rows, notes=tuple(notes))


def _refuse_columns(raw: pl.DataFrame, schema: Schema, name: str, may_lack: Collection[str]) -> None:
    there = with_canonical_names(raw, schema).columns
    needed = [column for column in schema.columns if not _is_optional(column, may_lack)]
    if lacking := [column.source_name for column in needed if column.name not in there]:
        raise BadInput(
            f"file {name!r} lacks the column {lacking[0]!r}"
            + (f" and {len(lacking) - 1} more" if len(lacking) > 1 else "")
            + f" (it has {', '.join(map(repr, raw.columns[:20]))}); add it, with nulls where nothing is known, or "
            "accept that it is gone: outcross accept-change CORPUS --absent COLUMN --reason …"
        )


def _is_optional(column: Column, may_lack: Collection[str]) -> bool:
    return column.role is Role.IGNORE or column.name in may_lack or column.source_name in may_lack


def _with_optional(raw: pl.DataFrame, schema: Schema, may_lack: Collection[str]) -> pl.DataFrame:
    """Add the columns that a file may lack, and lacks, without values."""
    there = with_canonical_names(raw, schema).columns
    lacking = [each for each in schema.columns if _is_optional(each, may_lack) and each.name not in there]
    return raw.with_columns(pl.lit(None, dtype=column.dtype).alias(column.name) for column in lacking)


def fit_rows(
    raw: pl.DataFrame, schema: Schema, options: ReadOptions = DEFAULT_OPTIONS, *, untyped: bool = False
) -> Chunk:
    """Convert every column of rows with their ``position``, and tell the rows whose value cannot be.

    Args:
        raw: the rows, whose columns have their names in the source's file, or the canonical ones.
        schema: the columns of a row.
        options: how the anchor was read.
        untyped: whether the file stores every value as text, so that an empty field may be a missing value.
    """
    raw = read_empty_fields(raw, schema) if untyped else raw
    converted = [raw["position"].cast(pl.Int64)]
    reasons: list[pl.Series] = []
    named = with_canonical_names(raw, schema)
    for column in schema.columns:
        values, why = canonical(
            named[column.name], column, not_finite=options.not_finite, size=options.size, grey=options.grey
        )
        converted.append(values)
        reasons.append(pl.select(pl.lit(f"schema: column {column.source_name!r} ") + why).to_series())
    for name, dtype in COLUMNS.items():
        if f"{PREFIX}{name}" in raw.columns:
            values, reason = _claim(raw[f"{PREFIX}{name}"], dtype)
            converted.append(values)
            reasons.append(reason)
    found = pl.DataFrame([series.alias(f"{place}") for place, series in enumerate(reasons)]).select(
        reasons=pl.concat_list(pl.all()).list.drop_nulls()
    )["reasons"]
    wrong = found.list.len() > 0
    spelled = _without_bytes(raw.filter(wrong))
    misfits = spelled.select(
        pl.col("position").cast(pl.Int64), raw=pl.struct(pl.exclude("position")).struct.json_encode()
    )
    return Chunk(pl.DataFrame(converted).filter(~wrong), misfits.with_columns(found.filter(wrong)))


def _without_bytes(rows: pl.DataFrame) -> pl.DataFrame:
    """Spell bytes in hexadecimal, those of pictures' structures too: JSON has no bytes."""
    nested = [
        pl.col(name).struct.with_fields(pl.field("bytes").bin.encode("hex"))
        for name in rows.columns
        if is_of_structures(rows[name]) and rows[name].struct.field("bytes").dtype == pl.Binary
    ]
    return rows.with_columns(pl.col(pl.Binary).bin.encode("hex"), *nested)


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
