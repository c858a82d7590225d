"""Faults of an object store: a server that cannot be reached, or refuses the key.

Each library of fsspec raises errors of its own kind. What they have in common is where they are raised: in a method of
a file system that is not this machine's, or in the import of one.
"""

from collections.abc import Iterator
from types import FrameType
from typing import Any

from outcross.resources.errors import reason_of
from outcross.resources.safe_text import without_secrets
from outcross.resources.system_faults import causes, is_of_the_machine

_OF_THE_CODE = (TypeError, AttributeError, NameError, AssertionError, LookupError)


def remote_fault(error: BaseException) -> str | None:
    """Return the sentence for an error that an object store has caused; None for any other."""
    if isinstance(error, _OF_THE_CODE) or any(is_of_the_machine(each) for each in causes(error)):
        return None
    place = next((found for each in causes(error) for frame in _frames(each) if (found := _place_of(frame))), None)
    if place is None:
        return None
    return (
        f"{without_secrets(place)} cannot be used ({without_secrets(reason_of(error))}); see that the server can be "
        "reached and that the key is valid and may do this there, then run the same command again"
    )


def _frames(error: BaseException) -> Iterator[FrameType]:
    trace = error.__traceback__
    while trace is not None:
        yield trace.tb_frame
        trace = trace.tb_next


def _place_of(frame: FrameType) -> str | None:
    """Return the address that a method of a remote file system, or of a file in it, was asked for."""
    from fsspec.implementations.local import LocalFileSystem
    from fsspec.spec import AbstractBufferedFile, AbstractFileSystem

    owner, values = frame.f_locals.get("self"), [frame.f_locals.get("path"), *_positional(frame)]
    if isinstance(owner, AbstractBufferedFile):
        owner, values = owner.fs, [owner.path]
    if not isinstance(owner, AbstractFileSystem) or isinstance(owner, LocalFileSystem):
        return None
    path = next((value for value in values if isinstance(value, str)), "")
    return str(owner.unstrip_protocol(path))


def _positional(frame: FrameType) -> tuple[Any, ...]:
    given = frame.f_locals.get("args")
    return given if isinstance(given, tuple) else ()
