"""Arrow IPC, as a file (also Feather of version 2) and as a stream (as ``datasets.save_to_disk`` writes)."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import polars as pl

from outcross.resources.errors import BadInput
from outcross.resources.sources.formats.arrow_table import refuse_damage, refuse_names_twice, to_frame
from outcross.resources.sources.formats.bounds import Unpacking, rows_at_once
from outcross.resources.sources.formats.contract import (
    DEFAULT_OPTIONS,
    BadLine,
    Block,
    ReadLimits,
    ReadOptions,
    RowFormat,
)
from outcross.resources.sources.locate import SourceFile

if TYPE_CHECKING:
    import pyarrow as pa

_MAGIC = b"ARROW1"
_START = 8
"""Bytes of a file before its stream: the magic bytes, padded."""
_END = 10
"""Bytes after the footer of a file: its length, and the magic bytes."""
_CONTINUATION = b"\xff\xff\xff\xff"
_RECORDS, _DICTIONARY = 3, 2
_FIELD = {"version": 0, "kind": 1, "header": 2, "body": 3}
_BUFFERS, _COMPRESSION, _DATA = 2, 3, 1
_DICTIONARIES, _BATCHES, _BLOCK = 2, 3, "<qi4xq"


class Arrow(RowFormat):
    """Arrow IPC files and streams."""

    name = "arrow"
    suffixes = (".arrow", ".arrows", ".feather", ".ipc")

    def read(self, file: SourceFile, options: ReadOptions) -> tuple[pl.DataFrame, list[str]]:
        """Read a file with its own types; there are no notes."""
        with refuse_damage(file, "Arrow"):
            return to_frame(self.read_as_came(file, options), file), []

    def read_as_came(self, file: SourceFile, options: ReadOptions, bad: list[BadLine] | None = None) -> "pa.Table":
        """Read a file's columns with its own types; there are no bad lines."""
        import pyarrow as pa

        del bad

        with refuse_damage(file, "Arrow"), _open(file, options.text_bytes) as (schema, batches):
            kept, left = [], options.rows_limit
            for batch in batches:
                kept.append(batch if left is None else batch[:left])
                left = None if left is None else left - kept[-1].num_rows
                if left == 0:
                    break
            return pa.Table.from_batches(kept, schema=schema)

    def blocks(
        self, file: SourceFile, *, rows: int, limits: ReadLimits, options: ReadOptions = DEFAULT_OPTIONS
    ) -> Iterator[Block]:
        """Read a file in blocks of rows; one that states more bytes than allowed is refused before it is unpacked."""
        import pyarrow as pa

        with refuse_damage(file, "Arrow"):
            _refuse_large(file, limits)
            read, unpacking = 0, Unpacking(limits.table, file.name)
            with _open(file, limits.text_bytes) as (schema, batches):
                limits.table.refuse_columns(len(schema.names), file.name)
                for batch in batches:
                    read += batch.num_rows
                    limits.table.refuse_cells(read, batch.num_columns, file.name)
                    for piece in unpacking.cut(batch, rows_at_once(rows, columns=batch.num_columns)):
                        yield Block(to_frame(pa.Table.from_batches([piece]), file))
                    if read > limits.rows:
                        return


@contextmanager
def _open(file: SourceFile, most: int | None) -> "Iterator[tuple[pa.Schema, Iterator[pa.RecordBatch]]]":
    import pyarrow as pa

    with _stream(file, most) as stream:
        if _is_file(stream):
            opened = pa.ipc.open_file(stream)
            if not opened.num_record_batches:
                _refuse_lost_batches(stream)
            batches: Iterator[pa.RecordBatch] = map(opened.get_batch, range(opened.num_record_batches))
        else:
            opened = pa.ipc.open_stream(stream)
            batches = _whole(opened, stream)
        if not opened.schema.names:
            raise ValueError("no column is named")
        refuse_names_twice(opened.schema.names, file)
        yield opened.schema, batches


def _whole(opened: "pa.RecordBatchReader", stream: IO[bytes]) -> "Iterator[pa.RecordBatch]":
    """Yield the batches of a stream; Arrow takes a damaged length for the stream's end, and what follows is lost."""
    yield from opened
    if stream.read().strip(b"\0"):
        raise ValueError("bytes follow the end that the stream states")


def _refuse_lost_batches(stream: IO[bytes]) -> None:
    """Refuse a file whose footer lists no batch where the stream within the file has one."""
    import pyarrow as pa

    place = stream.tell()
    stream.seek(_START)
    if next(iter(pa.ipc.open_stream(stream)), None) is not None:
        raise ValueError("the footer lists no rows, but the file has some")
    stream.seek(place)


def _is_file(stream: IO[bytes]) -> bool:
    start = stream.read(len(_MAGIC))
    stream.seek(0)
    return start == _MAGIC


def _stream(file: SourceFile, most: int | None) -> IO[bytes]:
    found = file.binary(most)
    return found.open("rb") if isinstance(found, Path) else cast(IO[bytes], found)


def _refuse_large(file: SourceFile, limits: ReadLimits) -> None:
    """Refuse a file whose buffers state more bytes, unpacked, than allowed: Arrow unpacks a buffer whole."""
    with _stream(file, limits.text_bytes) as stream:
        stated = 0
        try:
            for metadata, body in _messages(stream):
                stated += _unpacked(metadata, body)
                if stated > limits.unpacked_bytes:
                    raise BadInput(
                        f"file {file.name!r} states more than {limits.unpacked_bytes:,} bytes, unpacked, the most "
                        "allowed; split it"
                    )
        except struct.error as error:
            raise ValueError(f"a message is damaged: {error}") from error


def _messages(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    """Yield the metadata and the body of each message."""
    return _listed_messages(stream.read()) if _is_file(stream) else _messages_in_order(stream)


def _listed_messages(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the messages that the footer of a file lists: those that Arrow reads."""
    (length,) = struct.unpack_from("<i", content, len(content) - _END)
    footer = _Table.root(content[len(content) - _END - length : len(content) - _END])
    listed = [*footer.structures(_DICTIONARIES, _BLOCK), *footer.structures(_BATCHES, _BLOCK)]
    for offset, metadata, body in listed:
        prefix = 8 if content[offset : offset + 4] == _CONTINUATION else 4
        start = offset + metadata
        yield content[offset + prefix : start], content[start : start + body]


def _messages_in_order(stream: IO[bytes]) -> Iterator[tuple[bytes, bytes]]:
    size = stream.seek(0, io.SEEK_END)
    stream.seek(0)
    while len(prefix := stream.read(4)) == 4:
        if prefix == _CONTINUATION:
            prefix = stream.read(4).ljust(4, b"\0")
        (length,) = struct.unpack("<I", prefix)
        metadata = stream.read(min(length, size))
        if not length or len(metadata) < length:
            return
        yield metadata, stream.read(max(0, min(_Table.root(metadata).number("body", "<q"), size)))


def _unpacked(metadata: bytes, body: bytes) -> int:
    """Sum the bytes that the buffers of a message have unpacked: each packed one starts with that number."""
    message = _Table.root(metadata)
    kind, batch = message.number("kind", "<B"), message.inner(_FIELD["header"])
    if batch is None or kind not in (_RECORDS, _DICTIONARY):
        return 0
    if kind == _DICTIONARY:
        batch = batch.inner(_DATA)
    if batch is None:
        return 0
    packed = batch.inner(_COMPRESSION) is not None
    total = 0
    for offset, length in batch.structures(_BUFFERS, "<qq"):
        size = struct.unpack_from("<q", body, offset)[0] if packed and length >= 8 else length
        total += max(size, 0) if size != -1 else length
    return total


class _Table:
    """A table of FlatBuffers: just enough to find the lengths that Arrow's messages state."""

    def __init__(self, content: bytes, place: int) -> None:
        self._content, self._place = content, place
        (back,) = struct.unpack_from("<i", content, place)
        self._vtable = place - back
        (self._size,) = struct.unpack_from("<H", content, self._vtable)

    @classmethod
    def root(cls, content: bytes) -> "_Table":
        return cls(content, struct.unpack_from("<I", content)[0])

    def number(self, field: str, form: str) -> int:
        at = self._at(_FIELD[field])
        return int(struct.unpack_from(form, self._content, at)[0]) if at else 0

    def inner(self, field: int) -> "_Table | None":
        at = self._at(field)
        return _Table(self._content, at + struct.unpack_from("<I", self._content, at)[0]) if at else None

    def structures(self, field: int, form: str) -> Iterator[tuple[int, ...]]:
        """Yield the numbers of each structure of a vector; none where there is no such vector."""
        at = self._at(field)
        if not at:
            return
        start = at + struct.unpack_from("<I", self._content, at)[0]
        (count,) = struct.unpack_from("<I", self._content, start)
        for number in range(count):
            yield struct.unpack_from(form, self._content, start + 4 + struct.calcsize(form) * number)

    def _at(self, field: int) -> int:
        entry = 4 + 2 * field
        if entry + 2 > self._size:
            return 0
        (offset,) = struct.unpack_from("<H", self._content, self._vtable + entry)
        return self._place + offset if offset else 0
