"""Faults of the machine, not of anybody's input: a full disk, a folder that may not be written, too many open files.

Whatever library meets one says it in its own way. It is told in one sentence, with the remedy. Nothing is left
half-written by then (:mod:`outcross.resources.atomic_file`), and the same command carries on afterwards.
"""

import errno
import os
from collections.abc import Iterator

from outcross.resources.errors import BadInput

_FULL = "no space is left on the disk; free some (its inodes may be used up as well)"
_LOCKED = "its folder cannot be written; make it writable, or choose another with --root or OUTCROSS_HOME"
_DISK = "the disk refuses to be written; see whether it is full, or how large a file may become (ulimit -f)"
_DATABASE = "a database cannot be opened; make its folder writable, or raise the limit of open files (ulimit -n)"
_OPEN = "too many files are open; raise the limit (ulimit -n)"
_LARGE = "a file may not become so large; raise the limit (ulimit -f)"
_BY_NUMBER = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EROFS: _LOCKED,
    errno.EACCES: _LOCKED,
    errno.EPERM: _LOCKED,
    errno.EMFILE: _OPEN,
    errno.ENFILE: _OPEN,
    errno.EFBIG: _LARGE,
}
_OF_THE_MACHINE = {errno.ENOSPC, errno.EDQUOT, errno.EMFILE, errno.ENFILE, errno.EFBIG}
"""Faults that another file would meet as well."""
_BY_WORDS = {
    "no space left on device": _FULL,
    "database or disk is full": _FULL,
    "disk i/o error": _DISK,
    "quota exceeded": _FULL,
    "read-only file system": _LOCKED,
    "readonly database": _LOCKED,
    "unable to open database file": _DATABASE,
    "too many open files": _OPEN,
    "file too large": _LARGE,
}
"""What libraries say that raise errors of their own: SQLite, DuckDB, Polars."""
_LIBRARIES = ("sqlalchemy", "sqlite3", "duckdb", "polars", "dagster", "filelock")


def system_fault(error: BaseException) -> str | None:
    """Return the sentence for an error that a fault of the machine has caused; None for any other."""
    for each in causes(error):
        if isinstance(each, OSError) and each.errno in _BY_NUMBER:
            return _sentence(_BY_NUMBER[each.errno], None if each.filename is None else str(each.filename))
        of_library = type(each).__module__.split(".")[0].lstrip("_") in _LIBRARIES
        if of_library and (fault := fault_of_message(str(each))):
            return fault
    return None


def fault_of_message(message: str) -> str | None:
    """Return the sentence for what a library says of a fault of the machine; None for any other message."""
    for words, fault in _BY_WORDS.items():
        if words in message.lower():
            return _sentence(fault, None)
    return None


def refuse_to_blame(error: BaseException) -> None:
    """Raise an error again that a fault of the machine has caused, before the file that was read is called damaged."""
    if any(is_of_the_machine(each) for each in causes(error)):
        raise error
    if (said := fault_of_message(str(error))) is not None and (_OPEN in said or _FULL in said):
        raise error


def unwritable(path: str | os.PathLike[str], error: OSError, *, choose: str = "another file") -> Exception:
    """Return what to raise where a file that a user named cannot be written.

    That is :class:`BadInput`, since another file may be written; of a full disk it is the error itself, with the path.
    """
    if error.errno in _OF_THE_MACHINE:
        return OSError(error.errno, error.strerror, os.fspath(path))
    return BadInput(f"{os.fspath(path)} cannot be written ({error.strerror or error}); choose {choose}")


def _sentence(fault: str, path: str | None) -> str:
    where = "" if path is None else f"{path}: "
    return f"{where}{fault}; then run the same command again, which keeps what is finished"


def is_of_the_machine(error: BaseException) -> bool:
    """Whether this error is a full disk, or a limit of this process, wherever it was met."""
    return isinstance(error, OSError) and error.errno in _OF_THE_MACHINE


def causes(error: BaseException) -> Iterator[BaseException]:
    """An error, and whatever it was raised from or during, the nearest first."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        each = waiting.pop(0)
        if each is not None and id(each) not in seen:
            seen.add(id(each))
            yield each
            waiting += [each.__cause__, each.__context__]
