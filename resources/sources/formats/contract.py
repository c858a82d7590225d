"""The contract of a file format: its name, its extensions, and how to read a file, whole or in blocks of rows."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import ClassVar, Self

import polars as pl

from outcross.resources.sources.convert import NotFinite
from outcross.resources.sources.locate import SourceFile


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """Options for reading a file; a format ignores those that do not apply to it.

    Attributes:
        rows_limit: read the first rows only; None reads all.
        text_bytes: decompressed bytes of text allowed; None allows any number.
        null_values: values of an untyped file that mean a missing value, besides empty fields.
        separator: between fields; None takes the format's own.
        format: name of the format that ``null_values`` and ``separator`` are for; None means any.
        not_finite: whether NaN and infinite numbers are refused or become null.
    """

    rows_limit: int | None = None
    text_bytes: int | None = None
    null_values: tuple[str, ...] = ()
    separator: str | None = None
    format: str | None = None
    not_finite: NotFinite = "error"

    def for_format(self, name: str) -> Self:
        """Return the options for a file of a format: in another one, values and separators are written otherwise."""
        if self.format in (None, name):
            return self
        return replace(self, null_values=(), separator=None)


DEFAULT_OPTIONS = ReadOptions()
"""How a file is read where nothing says otherwise."""


@dataclass(frozen=True, kw_only=True)
class ReadLimits:
    """The most that a file may hold; where the file states its size, it is refused before it is read.

    Attributes:
        rows: rows allowed.
        text_bytes: decompressed bytes allowed, in a format that is read whole.
        unpacked_bytes: decompressed bytes of the columns allowed, in a format that states them.
    """

    rows: int
    text_bytes: int
    unpacked_bytes: int


class Format(ABC):
    """A file format. Subclass :class:`RowFormat` or :class:`TextFormat`."""

    name: ClassVar[str]
    """The value of ``format`` of the source ``files``."""
    suffixes: ClassVar[tuple[str, ...]]
    """Its extensions, in lower case and with their dot; each may be followed by ``.gz``."""


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

    def blocks(
        self, file: SourceFile, *, rows: int, limits: ReadLimits, options: ReadOptions = DEFAULT_OPTIONS
    ) -> Iterator[pl.DataFrame]:
        """Read a file in blocks of rows; unless overridden, the file is read whole and then sliced.

        At most one row more than the limit is read, which shows the caller that the file holds more.

        Raises:
            BadInput: as :meth:`read` does; or the file holds more than allowed.
        """
        whole, _ = self.read(file, replace(options, rows_limit=limits.rows + 1, text_bytes=limits.text_bytes))
        yield from whole.iter_slices(rows)


class TextFormat(Format):
    """A format of plain text, which the source ``files`` cuts into rows."""

    @abstractmethod
    def text(self, file: SourceFile) -> str:
        """Read the whole text of a file.

        Raises:
            BadInput: the file cannot be used; the message names it, the place, and the remedy.
        """
