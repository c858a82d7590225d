"""End a process of ours once the process that started it has ended, even if that was killed: nobody wants its results.

Only the standard library is imported, since programs of other environments use it too.
"""

import os
import signal
import threading

SECONDS = 0.5
"""Seconds after which it is asked again whether the parent has ended."""
STATUS = 1
"""Exit status of a process whose parent has ended."""


def end_with_parent(parent: int, *, whole_group: bool = False) -> None:
    """Start a thread that ends this process once another process has become its parent.

    Args:
        parent: process id of the parent, as the parent knows it, so that one that has ended already is noticed.
        whole_group: whether every process of this one's group ends with it; it must be one of its own.
    """
    threading.Thread(target=_watch, args=(parent, whole_group), daemon=True, name="end with parent").start()


def _watch(parent: int, whole_group: bool) -> None:
    asking = threading.Event()
    while os.getppid() == parent:
        asking.wait(SECONDS)
    if whole_group:
        os.killpg(os.getpgrp(), signal.SIGKILL)
    os._exit(STATUS)
