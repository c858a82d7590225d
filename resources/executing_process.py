"""The process that executes a run: which host, which boot of that host, and which process.

A process id alone says little: another host has the same ids, and this host gives an id to another process once the
first has ended. A process is therefore named by its id and the time at which it started.
"""

import os
import socket
import subprocess
from collections.abc import Mapping
from pathlib import Path

HOST_TAG = "outcross/host"
"""Tag of a run: the name of the host on which it is executed."""
BOOT_TAG = "outcross/boot"
"""Tag of a run: the boot of that host."""
PROCESS_TAG = "outcross/process"
"""Tag of a run: the process that executes it, as its id and its start."""

_PROC = Path("/proc")
_START = 19
"""Position of the start in ``/proc/ID/stat`` after the name of the program, in clock ticks since boot."""


def process_tags() -> dict[str, str]:
    """Return the tags that name this process."""
    return {HOST_TAG: socket.gethostname(), BOOT_TAG: _boot(), PROCESS_TAG: _name(os.getpid()) or str(os.getpid())}


def has_ended(tags: Mapping[str, str]) -> bool:
    """Return whether the process that a run's tags name has ended.

    The answer is False where nobody here can know: the tags name no process, or one of another host. Two containers
    that share a Dagster instance need host names of their own.
    """
    if PROCESS_TAG not in tags or tags.get(HOST_TAG) != socket.gethostname():
        return False
    if tags.get(BOOT_TAG) != _boot():
        return True
    identifier = tags[PROCESS_TAG].partition("-")[0]
    return not identifier.isdigit() or _name(int(identifier)) != tags[PROCESS_TAG]


def _boot() -> str:
    try:
        return (_PROC / "sys/kernel/random/boot_id").read_text().strip()
    except OSError:
        return "unknown"


def _name(process: int) -> str | None:
    """Return the id and the start of a process; None if there is no such process, or it has ended."""
    if not _PROC.joinpath("self").exists():
        return _name_without_proc(process)
    try:
        fields = (_PROC / str(process) / "stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in {"Z", "X"} else f"{process}-{fields[_START]}"


def _name_without_proc(process: int) -> str | None:
    ps = subprocess.run(  # noqa: S603 - a fixed program, and a number
        ["ps", "-o", "lstart=", "-p", str(process)],  # noqa: S607 - part of every Unix
        capture_output=True,
        text=True,
        check=False,
    )
    started = "_".join(ps.stdout.split())
    return f"{process}-{started}" if started else None
