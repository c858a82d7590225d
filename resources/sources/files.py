"""Real data from a team's own files: Parquet, CSV, JSON Lines or plain text, local or remote."""

from dataclasses import replace
from typing import Literal

import polars as pl
from pydantic import Field

from outcross.resources.errors import BadInput
from outcross.resources.sources.blocks import DEFAULT_BLOCK, cut
from outcross.resources.sources.columns import ColumnSetting, list_names, read_columns
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.convert import NotFinite
from outcross.resources.sources.file_source import FileSource, describe_files
from outcross.resources.sources.formats import BY_SUFFIX, FORMATS, AnyFormat, FormatName, suffix_of
from outcross.resources.sources.formats.contract import ReadOptions, RowFormat, TextFormat
from outcross.resources.sources.keys import no_column
from outcross.resources.sources.locate import SourceFile


class Files(FileSource):
    """Files of one format with the same columns.

    Roles are inferred and recorded in the notes; ``columns`` overrides them:
    ``Files(path="adult.parquet", columns={"income": "label", "fnlwgt": "ignore"})``.
    """

    kind: Literal["files"] = "files"
    format: FormatName | None = Field(default=None, description="the format; default: by the extension")
    columns: dict[str, ColumnSetting] = Field(
        default={}, description="column → role, or {role, shape, levels, integer}"
    )
    rows_limit: int | None = Field(default=None, ge=2, description="read the first rows only")
    nan: NotFinite = Field(default="error", description="whether NaN and infinite numbers are refused or become null")
    null_values: list[str] = Field(default=[], description="CSV values that mean a missing value, besides empty fields")
    separator: str | None = Field(
        default=None, min_length=1, max_length=1, description="CSV separator; default: comma, or tab for TSV"
    )
    block: int = Field(default=DEFAULT_BLOCK, ge=2, description="tokens a row of plain text")

    def read_options(self) -> ReadOptions:
        """Return how a file is read with these settings; the batches of a corpus are read in the same way."""
        return ReadOptions(
            null_values=tuple(self.null_values),
            separator=self.separator,
            format=self.format,
            not_finite=self.nan,
        )

    def load(self) -> RealData:
        """Read every file into one canonical frame."""
        return self.load_keyed(entity=None, time=None)

    def load_keyed(self, *, entity: str | None, time: str | None) -> RealData:
        """Read every file into one canonical frame, with the columns that a split goes by."""
        files = self.locate_files()
        file_format, where = self._format(files), describe_files(files)
        if isinstance(file_format, TextFormat):
            if entity is not None or time is not None:
                key, name = ("time", time) if entity is None else ("entity", entity)
                raise no_column(key, str(name), ["text"])
            return self._load_text(files, file_format, where)
        raw, notes = self._load_rows(files, file_format)
        data = read_columns(
            raw,
            self.columns,
            untyped=file_format.untyped,
            not_finite=self.nan,
            where=where,
            entity=entity,
            time=time,
        )
        if self.rows_limit is not None and len(raw) == self.rows_limit:
            notes.append(f"only the first {self.rows_limit:,} rows were read (rows_limit)")
        return replace(data, notes=[*data.notes, *notes])

    def _format(self, files: list[SourceFile]) -> AnyFormat:
        if self.format is not None:
            return FORMATS[self.format]
        formats = {_format_of(file.name): file.name for file in files}
        if len(formats) > 1:
            names = list_names(list(formats.values()))
            raise BadInput(f"files of one source have different formats ({names}); name files of one format")
        return next(iter(formats))

    def _load_text(self, files: list[SourceFile], file_format: TextFormat, where: str) -> RealData:
        if unknown := [name for name in self.columns if name != "text"]:
            raise BadInput(f"{where} has no column {unknown[0]!r}, only 'text' (plain text); correct 'columns'")
        text = "\n".join(file_format.text(file) for file in files)
        return cut(text, block=self.block, where=where, rows_limit=self.rows_limit)

    def _load_rows(self, files: list[SourceFile], file_format: RowFormat) -> tuple[pl.DataFrame, list[str]]:
        frames: list[pl.DataFrame] = []
        notes: list[str] = []
        left = self.rows_limit
        for file in files:
            frame, changed = file_format.read(file, replace(self.read_options(), rows_limit=left))
            notes += changed
            _refuse_other_columns(frames[0] if frames else frame, frame, files[0], file)
            frames.append(frame)
            left = None if left is None else left - len(frame)
            if left == 0:
                break
        together = _concatenate(frames, files)
        return together, list(dict.fromkeys([*notes, *_note_widened(frames, together)]))


def _format_of(name: str) -> AnyFormat:
    suffix = suffix_of(name)
    if suffix not in BY_SUFFIX:
        known = ", ".join(BY_SUFFIX)
        raise BadInput(f"file {name!r}: the extension {suffix!r} is not one of {known}; set 'format'")
    return BY_SUFFIX[suffix]


def _refuse_other_columns(first: pl.DataFrame, frame: pl.DataFrame, file: SourceFile, other: SourceFile) -> None:
    if differing := sorted(set(first.columns) ^ set(frame.columns)):
        raise BadInput(
            f"files {file.name!r} and {other.name!r} differ in the columns {list_names(differing)}; "
            "give them the same columns, or name only files that have the same columns"
        )


def _concatenate(frames: list[pl.DataFrame], files: list[SourceFile]) -> pl.DataFrame:
    try:
        return pl.concat([frame[frames[0].columns] for frame in frames], how="vertical_relaxed")
    except pl.exceptions.PolarsError as error:
        reason = str(error).split("\n")[0]
        names = list_names([file.name for file in files])
        raise BadInput(
            f"files {names} hold different types in one column ({reason}); convert them to one type"
        ) from error


def _note_widened(frames: list[pl.DataFrame], together: pl.DataFrame) -> list[str]:
    """Note the columns whose type differs between files, and the type that holds them all."""
    return [
        f"column {name!r} has different types in different files: read as {dtype}"
        for name, dtype in together.schema.items()
        if any(frame.schema[name] != frames[0].schema[name] for frame in frames)
    ]
