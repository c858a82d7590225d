"""What writers that were killed left: temporary files and folders (``.….partial``) that nobody holds a lock on.

A writer locks what is temporary while it has it. The next writer in the same folder removes remnants there that are an
hour old and not locked. No listing shows them meanwhile; ``outcross audit`` does, as files that no version names.
"""

import fcntl
import os
import re
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_NAME = re.compile(r"\.[0-9a-f]{32}\.partial")
OLD = 3600.0
"""Seconds after which what has no lock is taken for a remnant: its writer locks it as soon as it is there."""


def hold(descriptor: int) -> None:
    """Lock what is temporary until it is closed; on a file system without locks, its age alone protects it."""
    with suppress(OSError):
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def remove_remnants(folder: str, *, name: re.Pattern[str] = _NAME) -> None:
    """Remove the remnants in a folder of this machine; what cannot be removed stays, and harms nothing."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if name.fullmatch(entry.name):
                _remove(entry.path)


@contextmanager
def temporary_folder(prefix: str) -> Iterator[Path]:
    """Make a folder with a short path, which a socket needs, and remove it when the block ends.

    Remnants of folders with the same prefix are removed as well. It is not for rows: those belong into
    :mod:`outcross.resources.staging`, where the next process removes what a killed one left, at once.
    """
    base = tempfile.gettempdir()
    remove_remnants(base, name=re.compile(rf"{re.escape(prefix)}\w{{8}}"))
    with tempfile.TemporaryDirectory(prefix=prefix, ignore_cleanup_errors=True) as folder, held(folder):
        yield Path(folder)


@contextmanager
def held(folder: str) -> Iterator[None]:
    """Lock a folder while the block lasts."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        hold(descriptor)
        yield
    finally:
        os.close(descriptor)


def _remove(path: str) -> None:
    with suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        try:
            mode = os.fstat(descriptor).st_mode
            if not (stat.S_ISDIR(mode) or stat.S_ISREG(mode)) or time.time() - _touched(path) <= OLD:
                return
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where its writer lives
            if stat.S_ISDIR(mode):
                shutil.rmtree(path)
            else:
                os.remove(path)  # noqa: PTH107
        finally:
            os.close(descriptor)


def _touched(path: str) -> float:
    """When something was last written in it."""
    times = [os.stat(path).st_mtime]  # noqa: PTH116 - fsspec paths are strings
    times += [os.stat(folder).st_mtime for folder, _, _ in os.walk(path)]  # noqa: PTH116
    return max(times)
