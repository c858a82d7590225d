"""A process that imports once, and forks for each request a child that goes on as the program asked for.

``python -P -m outcross.jobs.running.fork_server SOCKET MODULE:FUNCTION`` calls that function, which imports and must
not compute: a library that has computed has threads, which a fork does not copy. It then waits for requests on the
socket that it inherits as the descriptor SOCKET, until nobody holds the other end.

The standard library's fork server would not do: its children have no input, keep the environment of the first one,
import the main module of whoever asks, and share the session of the terminal.
"""

import gc
import json
import os
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable
from contextlib import suppress
from pkgutil import resolve_name
from select import PIPE_BUF, select
from typing import Any, NoReturn

LARGEST_REQUEST = 1 << 20
"""Bytes; a request holds an environment."""
STREAMS = 3
"""Standard input, output and error; behind them, a request has the descriptor that says what becomes of the child."""


class _Children:
    """The children that have not ended: process id → the descriptor to which its exit status is written."""

    def __init__(self) -> None:
        self._reports: dict[int, int] = {}

    def add(self, process: int, report: int) -> None:
        """Tell who asked for a child its process id."""
        self._reports[process] = report
        _write(report, f"{process}\n")

    def reap(self) -> None:
        """Report the exit status of every child that has ended."""
        with suppress(ChildProcessError):
            while (found := os.waitpid(-1, os.WNOHANG))[0]:
                report = self._reports.pop(found[0])
                _write(report, f"{os.waitstatus_to_exitcode(found[1])}\n")
                os.close(report)

    def forget(self) -> None:
        """Close what belongs to the server, in a child."""
        for report in self._reports.values():
            os.close(report)


def main() -> None:
    """Import, serve requests, and go on as what was asked for in each child."""
    connection = socket.socket(fileno=int(sys.argv[1]))
    connection.set_inheritable(False)
    gc.disable()
    resolve_name(sys.argv[2])()
    gc.freeze()  # no collection of a child looks through what was imported
    gc.enable()
    serve(connection)()


def serve_alone(connection: socket.socket, *, sessions: bool) -> NoReturn:
    """Serve in a fork of a process that goes on: without its descriptors, and without a way back into its code."""
    status = 1
    try:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # in a terminal, it is meant for that process, which ends this one
        signal.signal(signal.SIGTERM, signal.SIG_DFL)  # that process may do something else
        if sessions:
            os.setsid()
        own = connection.fileno()
        os.closerange(STREAMS, own)
        os.closerange(own + 1, os.sysconf("SC_OPEN_MAX"))
        serve(connection, sessions=sessions)()
        status = 0
    except SystemExit as left:
        status = left.code if isinstance(left.code, int) else int(left.code is not None)
    except BaseException:  # of whatever kind, it may not reach the code of that process
        traceback.print_exc()
    finally:
        with suppress(OSError, ValueError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def serve(connection: socket.socket, *, sessions: bool = True) -> Callable[[], Any]:
    """Fork a child for each request, and return in it, with its program; leave the process when nobody asks more."""
    ended, wake = os.pipe()
    for each in (ended, wake):
        os.set_blocking(each, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(wake)
    children = _Children()
    while True:
        ready, _, _ = select([connection.fileno(), ended], [], [])
        if ended in ready:
            os.read(ended, PIPE_BUF)
            children.reap()
        if connection.fileno() in ready:
            message, descriptors, _, _ = socket.recv_fds(connection, LARGEST_REQUEST, STREAMS + 1)
            if not message:
                os._exit(0)
            if _fork_for(descriptors, children) == 0:
                for own in (ended, wake, connection.detach()):
                    os.close(own)
                return _become(json.loads(message), descriptors[:STREAMS], session=sessions)


def _fork_for(descriptors: list[int], children: _Children) -> int | None:
    """Fork a child that has these streams; return 0 in it, and close what belongs to the other in either."""
    *streams, report = descriptors
    process = _fork()
    if process == 0:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        children.forget()
        os.close(report)
        return 0
    for each in streams:
        os.close(each)
    if process is None:
        os.close(report)  # without a process id: who asked may start the child in another way
    else:
        children.add(process, report)
    return process


def _fork() -> int | None:
    """Fork; return None where the system has no room for another process."""
    try:
        return os.fork()
    except OSError:
        return None


def _become(request: dict[str, Any], streams: list[int], *, session: bool) -> Callable[[], Any]:
    """Make this child what was asked for: its session, signals, streams, folder, environment and arguments."""
    if session:
        os.setsid()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for target, stream in enumerate(streams):
        os.dup2(stream, target)
        os.close(stream)
    sys.stdin, sys.stdout, sys.stderr = sys.__stdin__, sys.__stdout__, sys.__stderr__
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    tempfile.tempdir = None  # the environment says where it is
    sys.argv[:] = request["arguments"]
    program: Callable[[], Any] = resolve_name(request["program"])
    return program


def _write(descriptor: int, text: str) -> None:
    with suppress(BrokenPipeError):  # who asked for the child has ended, or asks no more
        os.write(descriptor, text.encode())


if __name__ == "__main__":
    main()
