"""Rows of a source as they came: lines of JSON Lines, columns of Arrow, fields of CSV, the bytes of files.

Canonical rows hold what is modelled. Beside them a source may have columns that nothing models: conversations, nested
columns, the bytes of pictures. Those are carried: kept as they came, and found again by the place of a row.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Self

import polars as pl

if TYPE_CHECKING:
    import pyarrow as pa

LINE = "line"
"""The column of rows of JSON Lines: each line as it came, without its end."""
SEPARATOR = "separator"
"""Key of the metadata of delimited text: what separates its fields."""
NAME, CONTENT = "name", "content"
"""The columns of rows that are files, of pictures or of text: each file's name and bytes."""
DOCUMENTS = "files"
"""The format of rows that are files of text."""
_LINES, _TYPED, _PICTURES = ("jsonl", "json"), ("parquet", "arrow"), ("image",)


@dataclass(frozen=True, kw_only=True)
class AsCame:
    """Rows as they came, in the order of their files.

    Attributes:
        format: name of the format that they came in.
        table: a column ``line``; the columns of an Arrow table; columns of text; or ``name`` and ``content``.
    """

    format: str
    table: "pa.Table"

    @property
    def rows(self) -> int:
        """Their number."""
        return int(self.table.num_rows)

    @property
    def are_lines(self) -> bool:
        """Whether they are lines of JSON."""
        return self.format in _LINES

    @property
    def are_typed(self) -> bool:
        """Whether their columns have types of Arrow."""
        return self.format in _TYPED

    @property
    def are_pictures(self) -> bool:
        """Whether they are image files."""
        return self.format in _PICTURES

    @property
    def are_documents(self) -> bool:
        """Whether they are files of text."""
        return self.format == DOCUMENTS

    @cached_property
    def columns(self) -> pl.DataFrame:
        """The columns as Polars holds them: of lines, one for each key; of files, none."""
        from outcross.resources.sources.formats.arrow_table import to_frame
        from outcross.resources.sources.formats.json_lines import read_json
        from outcross.resources.sources.locate import SourceFile

        if self.are_pictures or self.are_documents:
            return pl.DataFrame()
        if self.are_lines:
            text = "\n".join(line or "{}" for line in self.lines())  # a line that is no row is null
            return read_json(text, name="rows", rows_limit=None)[0]
        return to_frame(self.table, SourceFile("rows", "rows"))

    def take(self, places: Sequence[int]) -> Self:
        """Return the rows at these places, from 0."""
        import pyarrow as pa

        return replace(self, table=self.table.take(pa.array(places, type=pa.int64())))

    @property
    def separator(self) -> str | None:
        """What separates the fields that they came in; None where they came in none."""
        found = (self.table.schema.metadata or {}).get(SEPARATOR.encode())
        return None if found is None else found.decode()

    def lines(self) -> list[str]:
        """Return the lines of JSON."""
        found: list[str] = self.table.column(LINE).to_pylist()
        return found

    def encode(self) -> bytes:
        """Write the table as an Arrow stream: the same rows give the same bytes, of every type that Arrow has."""
        import pyarrow as pa

        buffer, table = io.BytesIO(), self.table.combine_chunks()
        options = pa.ipc.IpcWriteOptions(compression="zstd")
        with pa.ipc.new_stream(buffer, table.schema, options=options) as writer:
            writer.write_table(table)
        return buffer.getvalue()

    @classmethod
    def decode(cls, content: bytes, *, format: str) -> Self:
        """Read back what :meth:`encode` wrote."""
        import pyarrow as pa

        with pa.ipc.open_stream(io.BytesIO(content)) as reader:
            return cls(format=format, table=reader.read_all())
