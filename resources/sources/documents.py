"""Text files as rows: a file is a row, with its line breaks."""

from collections.abc import Iterator, Sequence

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.blocks import TEXT
from outcross.resources.sources.contract import RealData
from outcross.resources.sources.formats.contract import DEFAULT_OPTIONS, ReadOptions, TextFormat
from outcross.resources.sources.locate import SourceFile

BEGINNING = 8192
"""Bytes in which a file that is no text has a NUL, as a rule."""


def read_documents(
    files: Sequence[SourceFile],
    file_format: TextFormat,
    options: ReadOptions = DEFAULT_OPTIONS,
    *,
    rows_limit: int | None,
    where: str,
) -> RealData:
    """Read each file into a row of the column ``text``; files without text are left out, with a note.

    Raises:
        BadInput: a file is not text, or fewer than two have any.
    """
    read = list(_documents(files, file_format, options, rows_limit=rows_limit))
    texts = [text for _, text in read if text.strip()]
    empty = len(read) - len(texts)
    if len(texts) < 2:
        raise BadInput(
            f"{where}: 'rows: files' makes a row a file, and {len(texts)} files hold text; name more files, such as "
            "'docs/**/*.md', or remove 'rows'"
        )
    notes = [f"{len(texts):,} files, each a row with its line breaks"]
    if empty:
        notes.append(f"{empty:,} files without text were left out")
    if len(texts) == rows_limit:
        notes.append(f"only the first {rows_limit:,} files were read (rows_limit)")
    rows = pl.DataFrame({"text": texts}, schema=TEXT.polars)
    return RealData(rows=rows, schema=TEXT, notes=notes, places=pl.int_range(len(texts), eager=True, dtype=pl.Int64))


def files_of_documents(
    files: Sequence[SourceFile],
    file_format: TextFormat,
    options: ReadOptions = DEFAULT_OPTIONS,
    *,
    rows_limit: int | None,
) -> list[SourceFile]:
    """Return the files that :func:`read_documents` makes rows of, in their order; raises ``BadInput`` as it does."""
    read = _documents(files, file_format, options, rows_limit=rows_limit)
    return [file for file, text in read if text.strip()]


def _documents(
    files: Sequence[SourceFile], file_format: TextFormat, options: ReadOptions, *, rows_limit: int | None
) -> Iterator[tuple[SourceFile, str]]:
    """Yield files and their texts, until so many have any."""
    count = 0
    for file in files:
        text = "" if file.is_empty() else _text(file, file_format, options)
        count += bool(text.strip())
        yield file, text
        if count == rows_limit:
            return


def _text(file: SourceFile, file_format: TextFormat, options: ReadOptions) -> str:
    try:
        return file_format.text(file, options).replace("\r\n", "\n")
    except BadInput:
        if b"\0" in file.read()[:BEGINNING]:
            raise BadInput(
                f"file {file.name!r} is no text; name the files of text alone, such as 'docs/**/*.md'"
            ) from None
        raise
