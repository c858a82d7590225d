"""Real data from a team's own files: Parquet, Arrow, CSV, JSON or plain text, local or remote."""

from dataclasses import replace
from typing import ClassVar, Literal

import polars as pl
from pydantic import Field, field_validator

from outcross.resources.errors import BadInput
from outcross.resources.sources.blocks import DEFAULT_BLOCK, cut
from outcross.resources.sources.columns import ColumnSetting, list_names, read_columns
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.convert import NotFinite
from outcross.resources.sources.encodings import check_encoding
from outcross.resources.sources.file_source import FileSource, describe_files
from outcross.resources.sources.formats import BY_SUFFIX, FORMATS, AnyFormat, FormatName, JsonLines
from outcross.resources.sources.formats.choice import choose_format
from outcross.resources.sources.formats.contract import ReadOptions, RowFormat, TextFormat
from outcross.resources.sources.locate import SourceFile
from outcross.resources.sources.shards import put_together


class Files(FileSource):
    """Files of one format with the same columns.

    Roles are inferred and recorded in the notes; ``columns`` overrides them:
    ``Files(path="adult.parquet", columns={"income": "label", "fnlwgt": "ignore"})``.
    """

    later_keys: ClassVar[frozenset[str]] = frozenset({"header", "names", "skip_rows", "encoding"})

    kind: Literal["files"] = "files"
    format: FormatName | None = Field(default=None, description="the format; default: by the extension")
    columns: dict[str, ColumnSetting] = Field(
        default={}, description="column → role, or {role, shape, levels, integer}"
    )
    rows_limit: int | None = Field(default=None, ge=2, description="read the first rows only")
    nan: NotFinite = Field(default="error", description="whether NaN and infinite numbers are refused or become null")
    null_values: list[str] = Field(default=[], description="CSV values that mean a missing value, besides empty fields")
    separator: str | None = Field(
        default=None,
        min_length=1,
        max_length=1,
        description="CSV separator; default: comma, or tab for TSV, or what a header of one field shows",
    )
    header: bool | None = Field(
        default=None,
        description="whether the first row of CSV has the names; default: it has, unless it looks like data",
    )
    names: list[str] = Field(default=[], description="names of the columns of CSV, in place of the header's")
    skip_rows: int = Field(default=0, ge=0, description="lines of CSV before the table")
    encoding: str | None = Field(default=None, description="of text; default: UTF-8, or what its first bytes state")
    block: int = Field(default=DEFAULT_BLOCK, ge=2, description="tokens a row of plain text")

    @field_validator("names")
    @classmethod
    def _different(cls, value: list[str]) -> list[str]:
        if twice := [name for name in dict.fromkeys(value) if value.count(name) > 1]:
            raise ValueError(f"{twice[0]!r} is there twice; give each column a name of its own")
        return value

    @field_validator("encoding")
    @classmethod
    def _known(cls, value: str | None) -> str | None:
        return None if value is None else check_encoding(value)

    def read_options(self) -> ReadOptions:
        """The options with which a file of this source is read, and the batches of a corpus that starts from it."""
        return ReadOptions(
            null_values=tuple(self.null_values),
            separator=self.separator,
            header=self.header,
            names=tuple(self.names),
            skip_rows=self.skip_rows,
            encoding=self.encoding,
        )

    def load(self) -> RealData:
        """Read every file into one canonical frame."""
        files = self.locate_files()
        file_format, where = self._format(files), describe_files(files)
        if isinstance(file_format, TextFormat):
            return self._load_text(files, file_format, where)
        raw, notes = self._load_rows(files, file_format)
        data = read_columns(raw, self.columns, untyped=file_format.untyped, not_finite=self.nan, where=where)
        if self.rows_limit is not None and len(raw) == self.rows_limit:
            notes.append(f"only the first {self.rows_limit:,} rows were read (rows_limit)")
        return RealData(rows=data.rows, schema=data.schema, notes=[*data.notes, *notes])

    def _format(self, files: list[SourceFile]) -> AnyFormat:
        if self.format is not None:
            return FORMATS[self.format]
        formats = {choose_format(file, BY_SUFFIX, stated=True): file.name for file in files}
        if len(formats) > 1:
            names = list_names(list(formats.values()))
            raise BadInput(f"files of one source have different formats ({names}); name files of one format")
        return next(iter(formats))

    def _load_text(self, files: list[SourceFile], file_format: TextFormat, where: str) -> RealData:
        if unknown := [name for name in self.columns if name != "text"]:
            raise BadInput(f"{where} has no column {unknown[0]!r}, only 'text' (plain text); correct 'columns'")
        text = "\n".join(file_format.text(file, self.read_options()) for file in files)
        return cut(text, block=self.block, where=where, rows_limit=self.rows_limit)

    def _load_rows(self, files: list[SourceFile], file_format: RowFormat) -> tuple[pl.DataFrame, list[str]]:
        frames: list[pl.DataFrame] = []
        notes: list[str] = []
        left = self.rows_limit
        for file in files:
            frame, changed = file_format.read(file, replace(self.read_options(), rows_limit=left))
            notes += changed
            frames.append(frame)
            left = None if left is None else left - len(frame)
            if left == 0:
                break
        together, changed = put_together(frames, files, optional_keys=isinstance(file_format, JsonLines))
        return together, list(dict.fromkeys([*notes, *changed]))
