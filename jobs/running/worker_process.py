"""A worker process as the engine sees it, forked from a server that has imported everything, or started anew."""

import os
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol, TextIO

from outcross.jobs.running.forked_process import CannotFork, ForkedProcess, ForkServer, can_fork
from outcross.resources.errors import BadInput

_MODULE = "outcross.jobs.running.worker"
VARIABLE = "OUTCROSS_WORKER_START"
"""The environment variable that says how workers start: ``fork`` or ``spawn``."""


def _are_forked(count: int) -> bool:
    wanted = os.environ.get(VARIABLE, "")
    if wanted not in ("", "fork", "spawn"):
        raise BadInput(f"{VARIABLE} is '{wanted}'; set it to 'fork' or 'spawn', or unset it")
    return wanted == "fork" or (not wanted and count > 1 and can_fork())


class _Process(Protocol):
    def wait(self) -> int: ...


class WorkerProcess:
    """A worker that reads requests from ``requests`` and writes answers to ``answers``.

    Attributes:
        requests: the worker ends when it is closed.
        answers: a line for each request; at its end the worker has ended.
    """

    def __init__(self, process: _Process, requests: TextIO, answers: TextIO) -> None:
        self._process, self.requests, self.answers = process, requests, answers

    def wait(self) -> int:
        """Wait until it ends, and return its exit status, negative for a signal."""
        return self._process.wait()


class WorkerStarter:
    """Starts worker processes, which end with this process.

    Several workers are forked from one server, which saves each the import of its libraries. They are started anew
    where that saves nothing, for a single one, where a GPU's driver would not survive a fork, and where a fork fails.

    Args:
        count: number of workers that will be started.

    Raises:
        BadInput: ``OUTCROSS_WORKER_START`` names no way to start them.
    """

    def __init__(self, count: int) -> None:
        self._server = ForkServer(f"{_MODULE}:import_libraries") if _are_forked(count) else None

    def start(self, arguments: list[str], log: Path) -> WorkerProcess:
        """Start a worker; what it prints goes to the file ``log``."""
        with ExitStack() as theirs:
            requests_in, requests_out = os.pipe()
            theirs.callback(os.close, requests_in)
            answers_in, answers_out = os.pipe()
            theirs.callback(os.close, answers_out)
            errors = theirs.enter_context(log.open("w"))
            process = self._start(arguments, (requests_in, answers_out, errors.fileno()))
        return WorkerProcess(process, os.fdopen(requests_out, "w"), os.fdopen(answers_in))

    def close(self) -> None:
        """End the server, after the workers."""
        if self._server is not None:
            self._server.close()

    def _start(self, arguments: list[str], streams: tuple[int, int, int]) -> ForkedProcess | subprocess.Popen[bytes]:
        if self._server is not None:
            try:
                return self._server.start(
                    f"{_MODULE}:main",
                    [_MODULE, *arguments],
                    streams=streams,
                    folder=Path.cwd(),
                    environment=os.environ,
                )
            except CannotFork:
                pass  # it is started anew
        stdin, stdout, stderr = streams
        return subprocess.Popen(  # noqa: S603 - our own module, arguments as a list
            [sys.executable, "-P", "-m", _MODULE, *arguments],
            stdin=stdin,
            stdout=stdout,
            stderr=stderr,
            start_new_session=True,  # Ctrl-C ends this process, which then ends its workers
        )
