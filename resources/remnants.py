"""What writers that were killed left: temporary files (``.….partial``) that nobody holds a lock on.

A writer locks its temporary file while it has it. The next writer in a folder removes remnants there that are an hour
old and not locked. No listing shows them meanwhile; ``outcross audit`` does, as files that no version names.
"""

import fcntl
import os
import re
import time
from contextlib import suppress
from typing import IO

_NAME = re.compile(r"\.[0-9a-f]{32}\.partial")
OLD = 3600.0
"""Seconds after which a file without a lock is taken for a remnant: its writer locks it as soon as it is there."""


def hold(file: IO[bytes]) -> None:
    """Lock a temporary file until it is closed; on a file system without locks, its age alone protects it."""
    with suppress(OSError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def remove_remnants(folder: str) -> None:
    """Remove the remnants in a folder of this machine; what cannot be removed stays, and harms nothing."""
    with suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if _NAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False):
                _remove(entry.path)


def _remove(path: str) -> None:
    with suppress(OSError), open(path, "rb") as file:  # noqa: PTH123 - fsspec paths are strings
        if time.time() - os.fstat(file.fileno()).st_mtime > OLD:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # fails where its writer lives
            os.remove(path)  # noqa: PTH107
