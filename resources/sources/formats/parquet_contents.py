"""What a Parquet file holds, counted from its footer and from the headers of its pages, before a page is unpacked."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.contract import ReadLimits
from outcross.resources.sources.formats.parquet_pages import pages_of

if TYPE_CHECKING:
    import pyarrow.parquet as pq

MOST_PAGE_BYTES = 256 * 2**20
"""Bytes of one page, unpacked: a page is unpacked whole."""
MOST_LISTED = 2**25
"""Values of the lists of one column in one row group: the lists of a row are unpacked together."""
_WIDTHS = {"BOOLEAN": 1, "INT32": 4, "INT64": 8, "INT96": 12, "FLOAT": 4, "DOUBLE": 8}
_BINARY = "BYTE_ARRAY"
_DELTA_LENGTHS, _DELTAS = 6, 7


@dataclass(frozen=True, kw_only=True)
class Contents:
    """What a file holds.

    Attributes:
        rows: as the footer states them.
        columns: leaves of its schema.
        fixed_bytes: of a row's values of fixed width.
        dictionaries: columns of text or bytes that are stored once for each of their values.
        has_deltas: whether texts are stored as what differs from the one before.
    """

    rows: int
    columns: int
    fixed_bytes: int
    dictionaries: list[str]
    has_deltas: bool


def count_contents(parquet: "pq.ParquetFile", source: "Path | IO[bytes]", limits: ReadLimits, name: str) -> Contents:
    """Count what a file holds.

    Args:
        parquet: the open file.
        source: its path or bytes.
        limits: what is allowed.
        name: of the file, for messages.

    Raises:
        BadInput: it holds more than allowed.
        ValueError: a page's header is damaged.
    """
    about, table = parquet.metadata, limits.table
    if about.num_rows > limits.rows:
        raise BadInput(f"file {name!r} states {about.num_rows:,} rows but {limits.rows:,} are allowed; split it")
    table.refuse_columns(about.num_columns, name)
    table.refuse_cells(about.num_rows, about.num_columns, name)
    leaves = [parquet.schema.column(place) for place in range(about.num_columns)]
    fixed = sum(_width(leaf) for leaf in leaves)
    table.refuse_bytes(about.num_rows * fixed, name)
    dictionaries: set[str] = set()
    unpacked = values = 0
    has_deltas = False
    with _opened(source) as file:
        for number in range(about.num_row_groups):
            group = about.row_group(number)
            for place, leaf in enumerate(leaves):
                chunk, listed = group.column(place), 0
                for page in pages_of(file, chunk):
                    _refuse_page(page.unpacked, name)
                    unpacked += page.unpacked
                    listed += page.values
                    table.refuse_bytes(unpacked, name)
                    has_deltas |= leaf.physical_type == _BINARY and page.encoding in (_DELTA_LENGTHS, _DELTAS)
                values += listed
                table.refuse_cells(values, 1, name)
                if leaf.max_repetition_level:
                    _refuse_lists(listed, leaf.path, name)
                elif leaf.physical_type == _BINARY and chunk.dictionary_page_offset:
                    dictionaries.add(leaf.path)
    return Contents(
        rows=about.num_rows,
        columns=about.num_columns,
        fixed_bytes=fixed,
        dictionaries=sorted(dictionaries),
        has_deltas=has_deltas,
    )


def _width(leaf: "pq.ColumnSchema") -> int:
    if leaf.max_repetition_level:
        return 0
    return int(leaf.length) if leaf.physical_type == "FIXED_LEN_BYTE_ARRAY" else _WIDTHS.get(leaf.physical_type, 0)


def _refuse_page(unpacked: int, name: str) -> None:
    if unpacked > MOST_PAGE_BYTES:
        raise BadInput(
            f"file {name!r} has a page of {unpacked:,} bytes, unpacked, and {MOST_PAGE_BYTES:,} are read at once; "
            "write it with smaller pages, as pyarrow.parquet.write_table does"
        )


def _refuse_lists(values: int, column: str, name: str) -> None:
    if values > MOST_LISTED:
        raise BadInput(
            f"file {name!r}, column {column!r}: a row group has {values:,} values in lists, and {MOST_LISTED:,} are "
            "read at once; write smaller row groups"
        )


@contextmanager
def _opened(source: "Path | IO[bytes]") -> Iterator[IO[bytes]]:
    """The file for reading; bytes are left at their start."""
    if isinstance(source, Path):
        with source.open("rb") as file:
            yield file
    else:
        yield source
        source.seek(0)
