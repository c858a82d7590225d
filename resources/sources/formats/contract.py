"""The contract of a file format: its name, its extensions, and how to read a file, whole or in blocks of rows."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar, Self

import polars as pl

from outcross.resources.sources.convert import NotFinite
from outcross.resources.sources.formats.bounds import MOST_CELLS, MOST_COLUMNS, UNSTATED, TableLimits
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """Options for reading a file; a format ignores those that do not apply to it.

    Attributes:
        rows_limit: read the first rows only; None reads all.
        text_bytes: decompressed bytes of text allowed; None allows any number.
        table: columns, cells and bytes allowed.
        null_values: values of an untyped file that mean a missing value, besides empty fields.
        separator: between fields; None takes the format's own, or the one that the header shows.
        header: whether the first row has the names of the columns; None refuses a first row that looks like data.
        names: of the columns, in place of those of the header.
        skip_rows: lines before the table.
        encoding: of text; None takes UTF-8, or what a byte order mark states.
        format: name of the format that the settings of text are for; None means any.
        not_finite: whether NaN and infinite numbers are refused or become null.
        template: how columns are rendered to one text, see :mod:`outcross.resources.sources.templates`; None does not.
        leave_out: columns that the settings ignore: they are not rendered, and need not be read.
        size: height and width that pictures are resized to; None leaves them.
        grey: whether pictures in colour are converted to grey.
    """

    rows_limit: int | None = None
    text_bytes: int | None = None
    table: TableLimits = UNSTATED
    null_values: tuple[str, ...] = ()
    separator: str | None = None
    header: bool | None = None
    names: tuple[str, ...] = ()
    skip_rows: int = 0
    encoding: str | None = None
    format: str | None = None
    not_finite: NotFinite = "error"
    template: str | None = None
    leave_out: tuple[str, ...] = ()
    size: tuple[int, int] | None = None
    grey: bool = False

    def for_format(self, name: str) -> Self:
        """Return the options for a file of a format: in another one, values, separators and headers are otherwise."""
        if self.format in (None, name):
            return self
        return replace(self, null_values=(), separator=None, header=None, names=(), skip_rows=0, encoding=None)


DEFAULT_OPTIONS = ReadOptions()
"""How a file is read where nothing says otherwise."""


@dataclass(frozen=True, kw_only=True)
class BadLine:
    """A line that is no row.

    Attributes:
        place: its place among the rows and bad lines of the block or file, from 0.
        line: its number in the file, from 1.
        text: the line as it came.
        fault: what is wrong with it.
    """

    place: int
    line: int
    text: str
    fault: str


@dataclass(frozen=True)
class Block:
    """Some rows of a file, the lines between them that are no rows, and notes on what of the rows is left out."""

    rows: pl.DataFrame
    bad: tuple[BadLine, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def height(self) -> int:
        """The number of rows and bad lines."""
        return self.rows.height + len(self.bad)

    def places(self) -> pl.Series:
        """The place of each row among the rows and bad lines of the block, from 0."""
        every = pl.Series("place", range(self.height), dtype=pl.Int64) if self.bad else None
        if every is None:
            return pl.int_range(self.rows.height, dtype=pl.Int64, eager=True).alias("place")
        return every.filter(~every.is_in([line.place for line in self.bad]))


def cut_into_blocks(frame: pl.DataFrame, bad: Sequence[BadLine], rows: int) -> Iterator[Block]:
    """Slice a file into blocks of rows, each with the bad lines between its rows."""
    if not bad:
        yield from (Block(piece) for piece in frame.iter_slices(rows))
        return
    before = [line.place - number for number, line in enumerate(bad)]  # the rows before each bad line
    first = taken = 0
    for start in range(0, max(frame.height, 1), rows):
        last = start + rows >= frame.height
        upto = len(bad) if last else sum(place < start + rows for place in before)
        piece = frame[start : start + rows]
        block = Block(piece, tuple(replace(line, place=line.place - first) for line in bad[taken:upto]))
        taken, first = upto, first + block.height
        yield block


@dataclass(frozen=True, kw_only=True)
class ReadLimits:
    """The most that a file may hold; where the file states its size, it is refused before it is read.

    Attributes:
        rows: rows allowed.
        text_bytes: decompressed bytes allowed, in a format that is read whole.
        unpacked_bytes: bytes allowed of all values, unpacked.
        columns: columns allowed.
        cells: rows times columns allowed.
    """

    rows: int
    text_bytes: int
    unpacked_bytes: int
    columns: int = MOST_COLUMNS
    cells: int = MOST_CELLS

    @property
    def table(self) -> TableLimits:
        """The most that the table may hold."""
        return TableLimits(columns=self.columns, cells=self.cells, unpacked_bytes=self.unpacked_bytes, stated=True)


def within(options: ReadOptions, limits: ReadLimits) -> ReadOptions:
    """Return the options with which a file is read whole within the limits."""
    return replace(options, rows_limit=limits.rows + 1, text_bytes=limits.text_bytes, table=limits.table)


class Format(ABC):
    """A file format. Subclass :class:`RowFormat`, :class:`TextFormat` or :class:`SetFormat`."""

    name: ClassVar[str]
    """The value of ``format`` of the source ``files``."""
    suffixes: ClassVar[tuple[str, ...]]
    """Its extensions, in lower case and with their dot; each may be followed by that of a container (``.gz``)."""


class RowFormat(Format):
    """A format of rows, for the source ``files`` and for the batches of a corpus."""

    untyped: ClassVar[bool] = False
    """Whether the file stores every value as text, so that types are inferred."""

    @abstractmethod
    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file into columns under its own names, with notes on what was changed.

        Raises:
            BadInput: the file cannot be used; the message names it, the place, and the remedy.
        """

    def read_as_came(self, file: SourceFile, options: ReadOptions, bad: list[BadLine] | None = None) -> "pa.Table":
        """Read a file's rows as they came, in the order of :meth:`read`, as :mod:`outcross.resources.carried` has them.

        Unless overridden, these are the columns that :meth:`read` returns. ``bad`` takes the lines that are no rows; if
        None, the first of them is an error. Raises as :meth:`read` does.
        """
        del bad
        return self.read(file, options)[0].to_arrow()

    def blocks(
        self, file: SourceFile, *, rows: int, limits: ReadLimits, options: ReadOptions = DEFAULT_OPTIONS
    ) -> Iterator[Block]:
        """Read a file in blocks of rows; unless overridden, the file is read whole and then sliced.

        At most one row more than the limit is read, which shows the caller that the file holds more. A format of lines
        gives those that are no rows as bad lines, and reads the others.

        Raises:
            BadInput: as :meth:`read` does; or the file holds more than allowed.
        """
        whole, _ = self.read(file, within(options, limits))
        yield from cut_into_blocks(whole, (), rows)


class TextFormat(Format):
    """A format of plain text, which the source ``files`` cuts into rows."""

    @abstractmethod
    def text(self, file: SourceFile, options: ReadOptions = DEFAULT_OPTIONS) -> str:
        """Read the whole text of a file.

        Raises:
            BadInput: the file cannot be used; the message names it, the place, and the remedy.
        """


class SetFormat(Format):
    """A format whose rows are spread over files: a file a row, or a file a column."""

    @abstractmethod
    def read_set(self, files: Sequence[SourceFile], options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read all files of a source into columns, with notes on what was inferred or changed.

        Raises:
            BadInput: a file cannot be used; the message names it and the remedy.
        """

    def files_beside(self, files: Sequence[SourceFile]) -> list[SourceFile]:
        """Return the files that are read besides those named; raises nothing."""
        return []
