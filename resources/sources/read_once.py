"""Files that are read more than once within a block are decoded once.

A command infers what somebody's rows are, and then reads them as the study that it wrote does. Between the two, what
differs is the roles of columns, not the content of the files.
"""

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypeVar

from outcross.resources.sources.locate import SourceFile

T = TypeVar("T")
_DECODED: ContextVar[dict[Hashable, Any] | None] = ContextVar("decoded files", default=None)


@contextmanager
def reading_once() -> Iterator[None]:
    """Keep what files hold until the block ends, and decode none of them twice unless it changes."""
    token = _DECODED.set({} if _DECODED.get() is None else _DECODED.get())
    try:
        yield
    finally:
        _DECODED.reset(token)


def decoded(files: list[SourceFile], how: Hashable, read: Callable[[], T]) -> T:
    """Return what files hold, as it was decoded before in this block, or else as it is read now.

    Args:
        files: to read.
        how: all else that the result depends on.
        read: reads them; what it returns is not changed by its users.
    """
    kept = _DECODED.get()
    if kept is None:
        return read()
    key = (tuple((file.name, *_version(file)) for file in files), how)
    if key not in kept:
        kept[key] = read()
    return kept[key]  # type: ignore[no-any-return]


def _version(file: SourceFile) -> tuple[Hashable, ...]:
    """The address, and of a local file what changes with its content."""
    if not isinstance(file.address, Path):
        return (file.address,)
    try:
        found = file.address.stat()
    except OSError:
        return (file.address, None)
    return (file.address, found.st_ino, found.st_size, found.st_mtime_ns)
