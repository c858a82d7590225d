"""What a file format is: its name, its extensions, and how a file of it is read, whole or some rows at a time."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import polars as pl

from outcross.resources.sources.locate import SourceFile


@dataclass(frozen=True, kw_only=True)
class ReadOptions:
    """How a file is to be read; a format ignores what does not concern it.

    Attributes:
        rows_limit: read the first rows only; None reads all.
        text_bytes: of text allowed, decompressed; None allows any number.
        null_values: what stands for a missing value where numbers are untyped, besides nothing.
        separator: of fields; None is the format's own.
    """

    rows_limit: int | None = None
    text_bytes: int | None = None
    null_values: tuple[str, ...] = ()
    separator: str | None = None


@dataclass(frozen=True, kw_only=True)
class ReadLimits:
    """How much a file may hold: more is refused, before it is read where the file states it.

    Attributes:
        rows: allowed.
        text_bytes: allowed, decompressed, in a format that is read whole.
        unpacked_bytes: of the columns, decompressed, allowed in a format that states them.
    """

    rows: int
    text_bytes: int
    unpacked_bytes: int


class Format(ABC):
    """A file format. Subclass :class:`RowFormat` or :class:`TextFormat`."""

    name: ClassVar[str]
    """What ``format`` of the source ``files`` calls it."""
    suffixes: ClassVar[tuple[str, ...]]
    """Extensions that tell it, in lower case and with their dot; each may end in ``.gz`` besides."""


class RowFormat(Format):
    """A format of rows: a source of files and the batches of a corpus may have it."""

    untyped: ClassVar[bool] = False
    """Whether the file can only spell numbers, so that their type is guessed."""

    @abstractmethod
    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file into columns as it names them, and notes on what had to be changed.

        Raises:
            BadInput: the file cannot be used; the message names it, the place, and the remedy.
        """

    def blocks(self, file: SourceFile, *, rows: int, limits: ReadLimits) -> Iterator[pl.DataFrame]:
        """Read a file some rows at a time; unless overridden, it is read whole and then cut.

        At most one row more than the limit is read, by which the caller sees that there are more.

        Raises:
            BadInput: as :meth:`read` does; or the file holds more than is allowed.
        """
        whole, _ = self.read(file, ReadOptions(rows_limit=limits.rows + 1, text_bytes=limits.text_bytes))
        yield from whole.iter_slices(rows)


class TextFormat(Format):
    """A format of running text, which a source of files cuts into rows."""

    @abstractmethod
    def text(self, file: SourceFile) -> str:
        """Read the whole text of a file.

        Raises:
            BadInput: the file cannot be used; the message names it, the place, and the remedy.
        """
