"""A process that runs one command of a user and leaves nothing of it behind: ``python keeper.py PARENT STATUS WORD …``.

A child of a command may start a session of its own, and then nobody knows whose it is. On Linux this process is the
*subreaper* of all that descends from the command: whoever loses its parent becomes a child of this one. When the
command has ended, or this process is asked to end (SIGTERM), or the process that started it has ended, every descendant
is killed. Elsewhere the command's own process group is.

How the command ended is written to the file descriptor STATUS: its exit code, or why it could not be started. Only the
standard library is imported, and little of it, since each command pays for it.
"""

import os
import signal
import sys
import time
from contextlib import suppress

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

SECONDS = 0.02
"""Seconds after which the command is looked at again, at first; the longest pause is ten times that."""
_PR_SET_CHILD_SUBREAPER = 36
_PASSES = 50
"""How often descendants are looked for: each pass kills those that the ones before have left behind."""


def main() -> None:
    """Run the command that the arguments name, and write how it ended."""
    parent, status, words = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    _adopt_orphans()
    asked = []
    signal.signal(signal.SIGTERM, lambda *_: asked.append(True))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.set_inheritable(status, False)
    try:
        command = _start(words)
    except OSError as error:
        os.write(status, f"! {error.strerror}: {words[0]!r}".encode())
        return
    code = None
    pause = SECONDS
    while code is None and not asked and os.getppid() == parent:
        code = _ended(command)
        if code is None:
            time.sleep(pause)
            pause = min(1.5 * pause, 10 * SECONDS)
    _kill_all(command)
    os.write(status, str(-signal.SIGKILL if code is None else code).encode())


def _start(words: "list[str]") -> int:
    """Start the command in a session of its own; its input is closed and its output that of this process."""
    null = os.open(os.devnull, os.O_RDONLY)
    actions = [(os.POSIX_SPAWN_DUP2, null, 0)]
    plain = [signal.SIGTERM, signal.SIGINT, signal.SIGPIPE]
    return os.posix_spawnp(words[0], words, os.environ, file_actions=actions, setsid=True, setsigdef=plain)


def _ended(command: int) -> "int | None":
    """Reap the children that have ended; return the command's exit code, negative for a signal, if it is among them."""
    code = None
    while True:
        try:
            process, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return code
        if process == 0:
            return code
        if process == command:
            code = os.waitstatus_to_exitcode(status)


def _kill_all(command: int) -> None:
    """Kill the command with its group, and then all that has become a child of this process."""
    _kill(os.killpg, command)
    for _ in range(_PASSES):
        _ended(command)
        if not (left := _children()):
            return
        for process in left:
            _kill(os.kill, process)
        time.sleep(SECONDS)


def _kill(how: "Callable[[int, int], None]", process: int) -> None:
    with suppress(ProcessLookupError, PermissionError):
        how(process, signal.SIGKILL)


def _children() -> "list[int]":
    try:
        with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:  # noqa: PTH123 - no pathlib
            return [int(word) for word in file.read().split()]
    except OSError:
        return []


def _adopt_orphans() -> None:
    if sys.platform == "linux":
        import ctypes

        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


if __name__ == "__main__":
    main()
