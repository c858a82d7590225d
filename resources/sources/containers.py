"""Unpack compressed files, told by their first bytes, up to a number of bytes: none is unpacked beyond it."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import IO, cast

from outcross.resources.errors import BadInput

SUFFIXES = (".gz", ".zst", ".zstd", ".bz2", ".xz", ".lz4", ".zip")
"""Extensions of containers; what is in one is told by the extension before it, or by the name of a zip's member."""
MOST_UNPACKED = 16 * 2**30
"""Decompressed bytes allowed where no limit is stated."""
MOST_LAYERS = 4
"""Containers within one another that are unpacked."""
HEAD = 8
"""First bytes of a file, enough to tell a container."""
_LISTED = 5
_PIECE = 2**20
_MOST_MEMORY = 256 * 2**20
"""Bytes of memory that an xz file may ask for; ``xz -9`` asks for 65 MiB."""
_ZIP = b"PK\x03\x04"


def unpack(content: bytes, *, name: str, most: int | None = None) -> bytes:
    """Decompress what a container holds; other content is returned as it is.

    Args:
        content: of the file.
        name: of the file, for messages.
        most: decompressed bytes allowed; None allows :data:`MOST_UNPACKED`.

    Raises:
        BadInput: the container is damaged, is encrypted, has several members, or holds more than allowed.
    """
    limit = MOST_UNPACKED if most is None else most
    for _ in range(MOST_LAYERS):
        if not is_container(content):
            return content
        content = _unpack_once(content, name, limit)
        if len(content) > limit:
            raise BadInput(f"file {name!r} holds more than {limit:,} bytes; split it, or convert it to Parquet")
    raise BadInput(f"file {name!r} is packed more than {MOST_LAYERS} times over; unpack it first")


def is_container(head: bytes) -> bool:
    """Whether content starts as that of a container does."""
    return head.startswith(_ZIP) or any(head.startswith(magic) for magic in _STREAMS)


def strip_suffixes(name: str) -> str:
    """Return a file's name in lower case, without its folder and without the extensions of containers."""
    last = name.replace("\\", "/").rpartition("/")[2].lower()
    while suffix := next((each for each in SUFFIXES if last.endswith(each)), ""):
        last = last.removesuffix(suffix)
    return last


def packing_of(name: str) -> str:
    """Return the extension of a file's container in lower case; empty if there is none."""
    return next((each for each in SUFFIXES if name.lower().endswith(each)), "")


def member_of_zip(archive: IO[bytes], *, name: str) -> str:
    """Return the name of the one file in a zip.

    Raises:
        BadInput: the zip is damaged, is empty, or holds several files.
    """
    try:
        with zipfile.ZipFile(archive) as opened:
            return _member(opened, name).filename
    except zipfile.BadZipFile as error:
        raise _damaged(name, "zip", error) from error


def _unpack_once(content: bytes, name: str, limit: int) -> bytes:
    if content.startswith(_ZIP):
        return _read_zip(content, name, limit)
    kind, open_stream = next(found for magic, found in _STREAMS.items() if content.startswith(magic))
    pieces: list[bytes] = []
    size = 0
    try:
        with open_stream(content) as stream:
            while size <= limit and (piece := stream.read(min(_PIECE, limit + 1 - size))):
                pieces.append(piece)
                size += len(piece)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError, MemoryError) as error:
        raise _damaged(name, kind, error) from error
    return b"".join(pieces)


def _read_zip(content: bytes, name: str, limit: int) -> bytes:
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            member = _member(archive, name)
            if member.flag_bits & 1:
                raise BadInput(f"file {name!r} is encrypted; unzip it with its password and name what was in it")
            with archive.open(member) as stream:
                return stream.read(limit + 1)
    except (zipfile.BadZipFile, OSError, EOFError, zlib.error, lzma.LZMAError) as error:
        raise _damaged(name, "zip", error) from error
    except (NotImplementedError, RuntimeError) as error:
        raise BadInput(f"file {name!r} cannot be unzipped ({error}); unzip it and name what was in it") from error


def _member(archive: zipfile.ZipFile, name: str) -> zipfile.ZipInfo:
    members = [member for member in archive.infolist() if not member.is_dir() and not _is_by_the_way(member.filename)]
    if len(members) == 1:
        return members[0]
    if not members:
        raise BadInput(f"file {name!r} is a zip without a file in it; name a file with data in it")
    if any(member.filename == "[Content_Types].xml" for member in members):
        raise BadInput(
            f"file {name!r} is an Office document, which is not read; save its sheet as CSV, its text as .txt"
        )
    names = ", ".join(repr(member.filename) for member in members[:_LISTED])
    more = f" and {len(members) - _LISTED} more" if len(members) > _LISTED else ""
    raise BadInput(
        f"file {name!r} is a zip of {len(members)} files ({names}{more}), and one is read; unzip it and name the files "
        "that are wanted"
    )


def _is_by_the_way(member: str) -> bool:
    return member.startswith("__MACOSX/") or member.rpartition("/")[2] in (".DS_Store", "Thumbs.db")


def _damaged(name: str, kind: str, error: Exception) -> BadInput:
    return BadInput(f"file {name!r} is not whole {kind} ({str(error) or 'cut off'}); compress or copy it again")


class _Xz(AbstractContextManager["_Xz"]):
    """The streams of an xz file one after the other, unpacked with little memory: a header may ask for gigabytes."""

    def __init__(self, content: bytes) -> None:
        self._packed = content
        self._stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)

    def read(self, size: int) -> bytes:
        """Return up to so many unpacked bytes; none at the end."""
        while not self._stream.eof or self._packed:
            if self._stream.eof:
                self._stream = lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_MOST_MEMORY)
            packed, self._packed = self._packed, b""
            if not packed and self._stream.needs_input:
                raise EOFError("cut off")
            piece = self._stream.decompress(packed, size)
            if self._stream.eof:
                self._packed = self._stream.unused_data.lstrip(b"\0")
            if piece:
                return piece
        return b""

    def __exit__(self, *_: object) -> None:
        self._packed = b""


def _arrow_stream(codec: str) -> Callable[[bytes], IO[bytes]]:
    def open_stream(content: bytes) -> IO[bytes]:
        import pyarrow as pa

        stream: IO[bytes] = pa.CompressedInputStream(pa.BufferReader(content), codec)
        return stream

    return open_stream


_STREAMS: dict[bytes, tuple[str, Callable[[bytes], IO[bytes]]]] = {
    b"\x1f\x8b": ("gzip", lambda content: cast(IO[bytes], gzip.GzipFile(fileobj=io.BytesIO(content)))),
    b"\x28\xb5\x2f\xfd": ("zstd", _arrow_stream("zstd")),
    b"BZh": ("bzip2", lambda content: bz2.BZ2File(io.BytesIO(content))),
    b"\xfd7zXZ\x00": ("xz", lambda content: cast(IO[bytes], _Xz(content))),
    b"\x04\x22\x4d\x18": ("lz4", _arrow_stream("lz4")),
}
"""First bytes → the container's name, and what opens it as a stream."""
