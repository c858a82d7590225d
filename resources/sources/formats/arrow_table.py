"""Tables of Arrow from untrusted places: damaged bytes raise an error and never crash the process."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import polars as pl

from outcross.resources.errors import BadInput, first_line
from outcross.resources.sources.foreign import foreign_by_content, looks_like_text
from outcross.resources.sources.formats.written_categories import as_category, dictionaries_of_numbers
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def refuse_damage(file: SourceFile, form: str) -> Iterator[None]:
    """Turn every error of a damaged file into one ``BadInput``; ``form`` is the format that it was read as."""
    try:
        yield
    except BadInput:
        raise
    except _faults() as error:
        reason = first_line(str(error)) or "it states more bytes than the memory holds"
        remedy = _other_format(file, form) or "write or copy it again"
        raise BadInput(f"file {file.name!r} cannot be read as {form} ({reason}); {remedy}") from error


def _faults() -> tuple[type[Exception], ...]:
    import pyarrow as pa

    polars = (pl.exceptions.PolarsError, pl.exceptions.PanicException)
    return (pa.ArrowException, *polars, OSError, ValueError, MemoryError)


def to_frame(table: "pa.Table", file: SourceFile) -> pl.DataFrame:
    """Validate a table and convert it.

    Raises:
        BadInput: a column has a type that Polars has not.
    """
    table.validate(full=True)
    columns = [_plain(column, name, file) for name, column in zip(table.column_names, table.columns, strict=True)]
    frame = pl.from_arrow(_without_metadata(table, columns))
    assert isinstance(frame, pl.DataFrame)
    return frame.with_columns(as_category(frame[name]) for name in dictionaries_of_numbers(table.schema))


def _plain(column: "pa.ChunkedArray", name: str, file: SourceFile) -> "pa.ChunkedArray":
    """Return a column as Polars reads it: extensions as what they are stored as, and runs as values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if isinstance(column.type, pa.BaseExtensionType):
        stored = [chunk.storage for chunk in column.chunks]
        return _plain(pa.chunked_array(stored, type=column.type.storage_type), name, file)
    if pa.types.is_run_end_encoded(column.type):
        runs = [pc.run_end_decode(chunk) for chunk in column.chunks]
        return pa.chunked_array(runs, type=column.type.value_type)
    if pa.types.is_decimal256(column.type):
        with suppress(pa.ArrowInvalid):
            return column.cast(pa.decimal128(38, column.type.scale))
    if pa.types.is_decimal256(column.type) or pa.types.is_union(column.type) or pa.types.is_interval(column.type):
        raise BadInput(
            f"file {file.name!r}, column {name!r}: {column.type} values cannot be read; write the file with text or "
            "numbers in that column, or without it"
        )
    return column


def refuse_names_twice(names: list[str], file: SourceFile) -> None:
    """Raise ``BadInput`` if a column name occurs twice."""
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise BadInput(f"file {file.name!r} has a column name twice ({twice[0]!r}); rename one of them")


def _without_metadata(table: "pa.Table", columns: "Sequence[pa.ChunkedArray]") -> "pa.Table":
    """Drop the writer's metadata: Arrow allows any bytes in it, and polars panics where they are not UTF-8."""
    import pyarrow as pa

    fields = [
        field.remove_metadata().with_type(column.type) for field, column in zip(table.schema, columns, strict=True)
    ]
    return pa.Table.from_arrays(columns, schema=pa.schema(fields))


def _other_format(file: SourceFile, used: str) -> str:
    """What to do with a file that is of another format; empty where that is not known."""
    head = file.head()
    if not head:
        return ""
    if (found := foreign_by_content(head)) is not None:
        return f"it is {found.what}, which is not read: {found.remedy(file.name)}"
    for magic, form in ((b"PAR1", "parquet"), (b"ARROW1", "arrow"), (b"\xff\xff\xff\xff", "arrow")):
        if head.startswith(magic):
            return "" if form == used.lower() else f"if it is {form.capitalize()}, set 'format: {form}'"
    if looks_like_text(head):
        form = "jsonl" if head.lstrip()[:1] in (b"{", b"[") else "csv"
        return f"it holds text: set 'format: {form}', or rename it to end in .{form}"
    return ""
