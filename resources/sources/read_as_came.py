"""The rows of a source of files as they came, in the order in which the source reads them."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from outcross.resources.carried.as_came import CONTENT, DOCUMENTS, NAME, AsCame
from outcross.resources.errors import BadInput, reason_of
from outcross.resources.sources.documents import files_of_documents
from outcross.resources.sources.file_source import describe_files
from outcross.resources.sources.files import Files
from outcross.resources.sources.folders import keys_of
from outcross.resources.sources.formats.contract import RowFormat, TextFormat
from outcross.resources.sources.formats.image_file import ImageFile
from outcross.resources.sources.formats.json_lines import JsonLines
from outcross.resources.sources.list_names import list_names
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    import pyarrow as pa


def read_as_came(source: Files) -> AsCame | None:
    """Read every row of a source as it came.

    Returns them in the order of :meth:`Files.read_raw`; None where a row is none of a file: plain text is cut into
    rows, unless a row is a text file, and arrays are put together.

    Raises:
        BadInput: a file cannot be used, or two files have other types in one column.
    """
    files = source.locate_files()
    found = source.choose_format(files)
    if isinstance(found, ImageFile):
        chosen = files[: source.rows_limit]
        return AsCame(format=found.name, table=_whole(chosen, [file.name for file in chosen]))
    if isinstance(found, TextFormat) and source.rows == "files":
        options = source.read_options()
        texts = files_of_documents(files, found, options, rows_limit=source.rows_limit)
        return AsCame(format=DOCUMENTS, table=_whole(texts, _names(texts)))
    if not isinstance(found, RowFormat):
        return None
    tables, left = list["pa.Table"](), source.rows_limit
    for file in files:
        table = found.read_as_came(file, replace(source.read_options(), rows_limit=left))
        tables.append(table if isinstance(found, JsonLines) else _with_keys(table, file))
        left = None if left is None else left - table.num_rows
        if left == 0:
            break
    return AsCame(format=found.name, table=_put_together(tables, files))


def _whole(files: Sequence[SourceFile], names: Sequence[str]) -> "pa.Table":
    import pyarrow as pa

    contents = [file.read() for file in files]
    return pa.table({NAME: pa.array(names, pa.string()), CONTENT: pa.array(contents, pa.large_binary())})


def _names(files: Sequence[SourceFile]) -> list[str]:
    """The names of files below the folder that holds them all; of files at several hosts, without folders."""
    paths = [PurePosixPath(urlsplit(str(file.address)).path.replace("\\", "/")) for file in files]
    try:
        folder = os.path.commonpath([path.parent for path in paths])
    except ValueError:
        return [path.name for path in paths]
    return [str(path.relative_to(folder)) for path in paths]


def _with_keys(table: "pa.Table", file: SourceFile) -> "pa.Table":
    """Add the columns that the folders of a table's file state, as text."""
    import pyarrow as pa

    for name, value in keys_of(file.name).items():
        if name not in table.column_names:
            table = table.append_column(name, pa.array([value] * table.num_rows, pa.string()))
    return table


def _put_together(tables: "Sequence[pa.Table]", files: Sequence[SourceFile]) -> "pa.Table":
    import pyarrow as pa

    if len(tables) == 1:
        return tables[0]
    try:
        return pa.concat_tables(tables, promote_options="permissive")
    except pa.ArrowException as error:
        raise BadInput(
            f"{describe_files(list(files))}: files {list_names([file.name for file in files])} have different types in "
            f"one column ({reason_of(error)}), so that their rows cannot be carried as they came; convert "
            "them to one type"
        ) from error
