"""Real data from a team's own files: tables, texts and images, local or remote."""

import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import polars as pl
from pydantic import BeforeValidator, Field, field_validator

from outcross.resources.errors import BadInput
from outcross.resources.sources.blocks import DEFAULT_BLOCK, cut
from outcross.resources.sources.column_setting import ColumnSetting, Decimal
from outcross.resources.sources.columns import Nulls, read_columns
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.convert import NotFinite
from outcross.resources.sources.documents import read_documents
from outcross.resources.sources.encodings import check_encoding
from outcross.resources.sources.file_source import describe_files
from outcross.resources.sources.formats import (
    BY_SUFFIX,
    FORMATS,
    ROWS_BY_SUFFIX,
    AnyFormat,
    FormatName,
    JsonLines,
    suffix_of,
)
from outcross.resources.sources.formats.choice import choose_one_format
from outcross.resources.sources.formats.contract import ReadOptions, RowFormat, SetFormat, TextFormat
from outcross.resources.sources.formats.image_file import ImageFile
from outcross.resources.sources.formats.json_wrapped import refuse_wrapped_rows
from outcross.resources.sources.keys import no_column
from outcross.resources.sources.locate import SourceFile
from outcross.resources.sources.picture_columns import image_files, open_pictures
from outcross.resources.sources.read_once import decoded
from outcross.resources.sources.shaped_source import ShapedSource, ignored
from outcross.resources.sources.shards import put_together
from outcross.resources.sources.yaml_values import NullValues, null_word, text_keys

PEEK = 20
"""Rows by which a table is known to name image files, without reading the others."""


class Files(ShapedSource):
    """Files of one format with the same columns.

    Roles are inferred and recorded in the notes; ``columns`` overrides them:
    ``Files(path="adult.parquet", columns={"income": "label", "fnlwgt": "ignore"})``.
    """

    kind: Literal["files"] = "files"
    format: FormatName | None = Field(default=None, description="the format; default: by the extension")
    columns: Annotated[dict[str, ColumnSetting], BeforeValidator(text_keys)] = Field(
        default={}, description="column → role, or {role, shape, levels, integer, decimal, date}"
    )
    rows_limit: int | None = Field(default=None, ge=2, description="read the first rows only")
    nan: Annotated[NotFinite, BeforeValidator(null_word)] = Field(
        default="error", description="whether NaN and infinite numbers are refused or become null"
    )
    null_values: NullValues = Field(
        default=[], description="values that mean a missing value, besides empty fields: a list, or column → list"
    )
    decimal: Decimal | None = Field(default=None, description="the decimal mark of numbers in text; default: inferred")
    date: str | None = Field(
        default=None, min_length=2, description="the format of dates in text, as of strptime; default: inferred"
    )
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
    rows: Literal["files"] | None = Field(
        default=None, description="files: a row a text file, with its line breaks; default: rows of 'block' tokens"
    )

    later_keys: ClassVar[frozenset[str]] = ShapedSource.later_keys | {
        "rows",
        "decimal",
        "date",
        "header",
        "names",
        "skip_rows",
        "encoding",
    }

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
        """Return how a file is read with these settings; the batches of a corpus are read in the same way."""
        return ReadOptions(
            null_values=() if isinstance(self.null_values, dict) else tuple(self.null_values),
            separator=self.separator,
            header=self.header,
            names=tuple(self.names),
            skip_rows=self.skip_rows,
            encoding=self.encoding,
            format=self._format_name(),
            not_finite=self.nan,
            template=self.template,
            leave_out=ignored(self.columns),
            size=self.size,
            grey=self.grey,
        )

    def _nulls(self) -> Nulls:
        if isinstance(self.null_values, dict):
            return {name: tuple(values) for name, values in self.null_values.items()}
        return tuple(self.null_values)

    def _format_name(self) -> str | None:
        """Return the format of the files, as far as their names tell it."""
        if self.format is not None:
            return self.format
        first = self.path if isinstance(self.path, str) else self.path[0]
        found = BY_SUFFIX.get(suffix_of(first))
        return None if found is None else found.name

    def load(self) -> RealData:
        """Read every file into one canonical frame."""
        return self.load_keyed(entity=None, time=None)

    def load_keyed(self, *, entity: str | None, time: str | None) -> RealData:
        """Read every file into one canonical frame, with the columns that a split goes by."""
        return self._load(entity=entity, time=time, guessed_text=True)

    def load_table(self, *, entity: str | None, time: str | None) -> RealData:
        """Read every file into one canonical frame, without columns that are text by a guess alone."""
        return self._load(entity=entity, time=time, guessed_text=False)

    def load_carrying(self, *, entity: str | None, time: str | None) -> RealData:
        """Read every file into one canonical frame, without columns that nothing can model, such as nested ones."""
        return self._load(entity=entity, time=time, guessed_text=True, carries=True)

    def _load(self, *, entity: str | None, time: str | None, guessed_text: bool, carries: bool = False) -> RealData:
        files = self.locate_files()
        file_format, where = self.choose_format(files), describe_files(files)
        if isinstance(file_format, TextFormat):
            if entity is not None or time is not None:
                key, name = ("time", time) if entity is None else ("entity", entity)
                raise no_column(key, str(name), ["text"])
            return self._load_text(files, file_format, where)
        raw, notes = self._read_columns(files, file_format, where)
        images = [file.name for file in files[: len(raw)]] if isinstance(file_format, ImageFile) else []
        shaped = self.shape_columns(raw, self.columns, where=where, files=images)
        data = read_columns(
            shaped.rows,
            shaped.columns,
            untyped=isinstance(file_format, RowFormat) and file_format.untyped,
            not_finite=self.nan,
            where=where,
            decimal=self.decimal,
            date=self.date,
            nulls=self._nulls(),
            entity=entity,
            time=time,
            guessed_text=guessed_text,
            carries=carries,
        )
        return replace(data, notes=[*data.notes, *notes, *shaped.notes], columns=shaped.tell(data.columns))

    def read_raw(self) -> tuple[pl.DataFrame, list[str], bool]:
        """Read every file into columns under its own names, without roles.

        Returns the columns, notes, and whether the files store every value as text.

        Raises:
            BadInput: a file cannot be used; the message names it, the place, and the remedy.
        """
        files = self.locate_files()
        file_format, where = self.choose_format(files), describe_files(files)
        if isinstance(file_format, TextFormat):
            data = self._load_text(files, file_format, where)
            return data.rows, data.notes, False
        raw, notes = self._read_columns(files, file_format, where)
        return raw, notes, isinstance(file_format, RowFormat) and file_format.untyped

    def _read_columns(
        self, files: list[SourceFile], file_format: RowFormat | SetFormat, where: str
    ) -> tuple[pl.DataFrame, list[str]]:
        if self.rows == "files" and isinstance(file_format, RowFormat):
            raise BadInput(
                f"{where}: 'rows: files' makes a row a text file, and these are read as {file_format.name}; remove "
                "'rows', or set 'format: text'"
            )
        if isinstance(file_format, SetFormat):
            options = replace(self.read_options(), rows_limit=self.rows_limit)
            raw, changed = decoded(files, (file_format.name, options), lambda: file_format.read_set(files, options))
            notes = list(changed)
        else:
            raw, notes = self._load_rows(files, file_format)
        if self.rows_limit is not None and len(raw) == self.rows_limit:
            notes.append(f"only the first {self.rows_limit:,} rows were read (rows_limit)")
        return raw, notes

    def content_version(self) -> str:
        """Identify the content by the digests of the files, and of the image files that they name or go with."""
        files = self.locate_files()
        others = [file.digest() for file in self._files_beside(files)]
        if not others:
            return super().content_version()
        return hashlib.sha256("\n".join([super().content_version(), *others]).encode()).hexdigest()

    def _files_beside(self, files: list[SourceFile]) -> list[SourceFile]:
        file_format = self.choose_format(files)
        if isinstance(file_format, SetFormat):
            return file_format.files_beside(files)
        found: list[SourceFile] = []
        for file in files:
            if isinstance(file_format, RowFormat) and isinstance(file.address, Path):
                first, _ = _read(file, file_format, replace(self.read_options(), rows_limit=PEEK))
                if image_files(first, self.columns, file=file, base=self.base):
                    whole, _ = _read(file, file_format, self.read_options())
                    found += image_files(whole, self.columns, file=file, base=self.base)
        return found

    def choose_format(self, files: list[SourceFile]) -> AnyFormat:
        """Return the format of these files; raises ``BadInput`` where it is not known, or they have several."""
        if self.format is not None:
            return FORMATS[self.format]
        if self.rows == "files" and not any(suffix_of(file.name) in ROWS_BY_SUFFIX for file in files):
            suffixes = {suffix_of(file.name) for file in files}
            return FORMATS["image" if suffixes <= set(FORMATS["image"].suffixes) else "text"]
        return choose_one_format(files)

    def _load_text(self, files: list[SourceFile], file_format: TextFormat, where: str) -> RealData:
        if unknown := [name for name in self.columns if name != "text"]:
            raise BadInput(f"{where} has no column {unknown[0]!r}, only 'text' (plain text); correct 'columns'")
        self.refuse_shaping(where)
        if self.rows == "files":
            return read_documents(files, file_format, self.read_options(), rows_limit=self.rows_limit, where=where)
        options = self.read_options()
        text = decoded(
            files,
            (file_format.name, options),
            lambda: "\n".join(file_format.text(file, options) for file in files),
        )
        return cut(text, block=self.block, where=where, rows_limit=self.rows_limit)

    def _load_rows(self, files: list[SourceFile], file_format: RowFormat) -> tuple[pl.DataFrame, list[str]]:
        frames: list[pl.DataFrame] = []
        notes: list[str] = []
        left = self.rows_limit
        for file in files:
            frame, changed = _read(file, file_format, replace(self.read_options(), rows_limit=left))
            frame, opened = open_pictures(frame, self.columns, file=file, base=self.base)
            notes += [*changed, *opened]
            frames.append(frame)
            left = None if left is None else left - len(frame)
            if left == 0:
                break
        if len(files) == len(frames[0]) == 1 and isinstance(file_format, JsonLines):
            refuse_wrapped_rows(files[0].text(encoding=self.encoding), files[0].name)
        together, changed = put_together(frames, files, optional_keys=isinstance(file_format, JsonLines))
        return together, list(dict.fromkeys([*notes, *changed]))


def _read(file: SourceFile, file_format: RowFormat, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
    return decoded([file], (file_format.name, options), lambda: file_format.read(file, options))
