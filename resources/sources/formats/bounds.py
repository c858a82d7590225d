"""Refusals by counting: what a file would unpack to is counted, and refused, before it is unpacked."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from outcross.resources.errors import BadInput

if TYPE_CHECKING:
    import pyarrow as pa

MOST_COLUMNS = 100_000
"""Columns of a file where no limit is stated."""
MOST_CELLS = 20_000_000_000
"""Rows times columns of a file where no limit is stated."""
MOST_BAD_LINES = 100_000
"""Lines of a file that are no rows; a file with more is refused whole."""
SPARSEST, FEW_CELLS = 100, 1_000_000
"""Cells of a table of JSON for each value that its objects state; a table of few cells may have more."""
CELLS_AT_ONCE = 4_000_000
"""Cells of a table that are unpacked at one time."""
BLOCK_BYTES = 64 * 2**20
"""Bytes of a table that are unpacked at one time, unless one row has more."""
Entry = TypeVar("Entry", bound=dict[str, Any])


@dataclass(frozen=True, kw_only=True)
class TableLimits:
    """The most that a table may hold.

    Attributes:
        columns: columns allowed.
        cells: rows times columns allowed.
        unpacked_bytes: bytes allowed of all its values; None allows any number.
        stated: whether a corpus states them, so that a message can name the keys.
    """

    columns: int = MOST_COLUMNS
    cells: int = MOST_CELLS
    unpacked_bytes: int | None = None
    stated: bool = False

    def refuse_columns(self, found: int, name: str) -> None:
        """Raise ``BadInput`` if a file has more columns than allowed."""
        if found > self.columns:
            raise BadInput(
                f"file {name!r} has {found:,} columns or more, and {self.columns:,} are allowed{self._key('columns')}; "
                "leave columns out, or put them into rows"
            )

    def refuse_cells(self, rows: int, columns: int, name: str) -> None:
        """Raise ``BadInput`` if a file has more cells than allowed."""
        if rows * columns > self.cells:
            raise BadInput(
                f"file {name!r} has {rows:,} rows of {columns:,} columns or more, and {self.cells:,} cells are allowed"
                f"{self._key('cells')}; split it"
            )

    def refuse_bytes(self, found: int, name: str) -> None:
        """Raise ``BadInput`` if the values of a file have more bytes than allowed."""
        if self.unpacked_bytes is not None and found > self.unpacked_bytes:
            raise BadInput(
                f"file {name!r} unpacks to {found:,} bytes or more, and {self.unpacked_bytes:,} are allowed"
                f"{self._key('unpacked_bytes')}; split it"
            )

    def counted(self, entries: Iterable[Entry], name: str) -> Iterator[Entry]:
        """Yield the objects of JSON while the table that they make stays within the limits.

        Raises:
            BadInput: it would have more columns or cells than allowed, or nearly all of them empty.
        """
        keys: set[str] = set()
        stated = 0
        for rows, entry in enumerate(entries, start=1):
            keys.update(entry)
            stated += len(entry)
            self.refuse_columns(len(keys), name)
            self.refuse_cells(rows, len(keys), name)
            if rows * len(keys) > max(FEW_CELLS, SPARSEST * stated):
                raise BadInput(
                    f"file {name!r} has {len(keys):,} keys in {rows:,} objects that state {stated:,} values, so that a "
                    f"table of it is empty but for one cell in {rows * len(keys) // stated:,}, and one in {SPARSEST} "
                    "is the least; write the key and its value as two columns"
                )
            yield entry

    def _key(self, key: str) -> str:
        return f" ('limits: {key}' of the corpus)" if self.stated else ""


UNSTATED = TableLimits()
"""The limits of a file for which none are stated."""


def refuse_bad_lines(count: int, first: int, name: str) -> None:
    """Raise ``BadInput`` if a file has more lines that are no rows than are kept one by one."""
    if count > MOST_BAD_LINES:
        raise BadInput(
            f"file {name!r} has more than {MOST_BAD_LINES:,} lines that are no rows, the first at line {first}; write "
            "it again as whole rows"
        )


def rows_at_once(rows: int, *, columns: int, row_bytes: int = 0) -> int:
    """Return the rows that are unpacked at one time: ``rows``, or as many as keep cells and bytes few."""
    return max(1, min(rows, CELLS_AT_ONCE // max(columns, 1), BLOCK_BYTES // max(row_bytes, 1)))


class Unpacking:
    """Counts the bytes of a file's rows as they will be once unpacked, and cuts them into batches of few bytes."""

    def __init__(self, limits: TableLimits, name: str) -> None:
        self._limits, self._name = limits, name
        self._found = 0

    def cut(self, batch: "pa.RecordBatch", rows: int) -> "Iterator[pa.RecordBatch]":
        """Yield the rows in batches of at most ``rows`` rows, and of few bytes.

        Raises:
            BadInput: all rows of the file so far have more bytes than allowed.
        """
        sizes = row_sizes(batch)
        self._found += int(sizes.sum())
        self._limits.refuse_bytes(self._found, self._name)
        ends = np.cumsum(sizes)
        start = 0
        while start < batch.num_rows:
            before = int(ends[start - 1]) if start else 0
            stop = int(np.searchsorted(ends, before + BLOCK_BYTES, side="right"))
            stop = min(max(stop, start + 1), start + rows, batch.num_rows)
            yield batch.slice(start, stop - start)
            start = stop


def row_sizes(batch: "pa.RecordBatch") -> np.ndarray:
    """Return (rows,) the bytes that each row has once its dictionaries, runs and views are written out."""
    sizes = np.zeros(batch.num_rows, dtype=np.int64)
    for column in batch.columns:
        sizes += _value_sizes(column)
    return sizes


def _value_sizes(values: "pa.Array") -> "np.ndarray | int":
    """Return (rows,) the bytes of each value, or of every value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = values.type
    if isinstance(kind, pa.BaseExtensionType):
        return _value_sizes(values.storage)
    if pa.types.is_dictionary(kind) or pa.types.is_run_end_encoded(kind):
        return _repeated_sizes(values)
    if _has_lengths(kind):
        lengths: np.ndarray = pc.binary_length(values).fill_null(0).to_numpy(zero_copy_only=False)
        return lengths.astype(np.int64)
    if pa.types.is_nested(kind):
        return int(-(-values.nbytes // max(len(values), 1)))
    return int(-(-kind.bit_width // 8)) if kind != pa.null() else 0


def _repeated_sizes(values: "pa.Array") -> "np.ndarray | int":
    """Return the bytes of each value of a dictionary or of runs."""
    import pyarrow as pa

    if pa.types.is_dictionary(values.type):
        each = _value_sizes(values.dictionary)
        places = values.indices.fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    else:
        each = _value_sizes(values.values)
        places = np.searchsorted(values.run_ends.to_numpy(), values.offset + np.arange(len(values)), side="right")
    if isinstance(each, int):
        return each
    return each[places] if len(each) else 0


def _has_lengths(kind: "pa.DataType") -> bool:
    import pyarrow as pa

    views = pa.types.is_string_view(kind) or pa.types.is_binary_view(kind)
    return bool(
        views
        or pa.types.is_string(kind)
        or pa.types.is_binary(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_large_binary(kind)
    )
