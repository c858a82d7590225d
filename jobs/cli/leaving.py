"""Leave the process of a command without taking Python's modules apart, which is a fifth of a short command."""

import atexit
import os
import sys
import threading
from collections.abc import Callable
from typing import NoReturn


def run_and_leave(command: Callable[[], None]) -> NoReturn:
    """Run a command, and leave the process with its exit code.

    Functions that were registered with :mod:`atexit` are called, and the output is flushed. Where a thread still runs
    or the output cannot be written, Python ends as usual; so it does after an exception that nobody caught.
    """
    code: object = None
    try:
        command()
    except SystemExit as left:
        code = left.code
    if (code is None or isinstance(code, int)) and not _others_run():
        atexit._run_exitfuncs()
        if _flush():
            os._exit((code or 0) & 0xFF)
    sys.exit(code)  # type: ignore[arg-type]


def _others_run() -> bool:
    """Return whether Python would wait for another thread."""
    return any(not each.daemon for each in threading.enumerate() if each is not threading.main_thread())


def _flush() -> bool:
    """Flush the output; return whether it was written."""
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except (OSError, ValueError):  # nobody reads it any more, or it was closed: Python says so as it ends
        return False
    return True
