"""Tables of Arrow from untrusted places: damaged bytes raise an error and never crash the process."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.foreign import foreign_by_content, looks_like_text
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    import pyarrow as pa


@contextmanager
def refuse_damage(file: SourceFile, form: str) -> Iterator[None]:
    """Turn every error of a damaged file into one ``BadInput``; ``form`` is the format that it was read as."""
    import pyarrow as pa

    try:
        yield
    except BadInput:
        raise
    except (pa.ArrowException, pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
        reason = str(error).split("\n")[0]
        remedy = _other_format(file, form) or "write or copy it again"
        raise BadInput(f"file {file.name!r} cannot be read as {form} ({reason}); {remedy}") from error


def to_frame(table: "pa.Table") -> pl.DataFrame:
    """Validate a table and convert it."""
    table.validate(full=True)
    frame = pl.from_arrow(_without_metadata(table))
    assert isinstance(frame, pl.DataFrame)
    return frame


def refuse_names_twice(names: list[str], file: SourceFile) -> None:
    """Raise ``BadInput`` if a column name occurs twice."""
    if twice := [name for name in dict.fromkeys(names) if names.count(name) > 1]:
        raise BadInput(f"file {file.name!r} has a column name twice ({twice[0]!r}); rename one of them")


def _without_metadata(table: "pa.Table") -> "pa.Table":
    """Drop the writer's metadata: Arrow allows any bytes in it, and polars panics where they are not UTF-8."""
    import pyarrow as pa

    return pa.Table.from_arrays(table.columns, schema=pa.schema([field.remove_metadata() for field in table.schema]))


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
