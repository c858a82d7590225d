"""Processes that a fork server starts, used as those of :mod:`subprocess`."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from select import select

from outcross.jobs.running.fork_server import LARGEST_REQUEST, serve_alone
from outcross.resources.errors import OutcrossError

UNKNOWN = 255
"""Exit status of a process whose server ended before it."""
_GPUS = ("nvidiactl", "nvidia0", "kfd", "dxg")
"""Devices below ``/dev`` of NVIDIA's and AMD's drivers, and of Windows' subsystem for Linux."""


class CannotFork(OutcrossError):
    """The server cannot fork; the process has to be started in another way."""


def can_fork() -> bool:
    """Return whether a process may be forked after torch was imported: on Linux, where no GPU is.

    A driver that a parent has opened does not work in its children.
    """
    return sys.platform == "linux" and not any(Path("/dev", name).exists() for name in _GPUS)


class ForkedProcess:
    """A process that a server forked.

    Attributes:
        pid: its process id.
        returncode: its exit status, negative for a signal, once :meth:`poll` or :meth:`wait` has seen that it ended.
    """

    def __init__(self, report: int) -> None:
        self._report = os.fdopen(report)
        started = self._report.readline()
        if not started:
            self._report.close()
            raise CannotFork("the server has ended, or the system has no room for another process")
        self.pid = int(started)
        self.returncode: int | None = None
        self._reading = threading.Lock()

    def poll(self) -> int | None:
        """Return its exit status if it has ended, or None."""
        return self.wait() if self._ends_within(0) else None

    def wait(self, timeout: float | None = None) -> int:
        """Wait until it ends, and return its exit status, negative for a signal.

        Raises:
            TimeoutExpired: it has not ended after so many seconds.
        """
        if timeout is not None and not self._ends_within(timeout):
            raise subprocess.TimeoutExpired(str(self.pid), timeout)
        with self._reading:
            if self.returncode is None:
                said = self._report.readline()
                self._report.close()
                self.returncode = int(said) if said else UNKNOWN
            return self.returncode

    def terminate(self) -> None:
        """Ask it to end, by SIGTERM."""
        if self.poll() is None:
            os.kill(self.pid, signal.SIGTERM)

    def _ends_within(self, seconds: float) -> bool:
        return self.returncode is not None or bool(select([self._report], [], [], seconds)[0])


class ForkServer:
    """A server that has imported what its children need; it ends with this process, or when it is closed.

    Args:
        preload: ``module:function``, which imports and computes nothing.
        environment: of the server, for what libraries read when they are imported; by default that of this process.

    Attributes:
        pid: its process id.
    """

    def __init__(self, preload: str, *, environment: Mapping[str, str] | None = None) -> None:
        self._asking = threading.Lock()
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        module = "outcross.jobs.running.fork_server"
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own module, arguments as a list
                [sys.executable, "-P", "-m", module, str(theirs.fileno()), preload],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                env=None if environment is None else dict(environment),
                pass_fds=[theirs.fileno()],
                start_new_session=True,  # Ctrl-C ends this process, which then ends the server
            )
        self.pid = self._process.pid

    def start(
        self,
        program: str,
        arguments: Sequence[str],
        *,
        streams: tuple[int, int, int],
        folder: Path,
        environment: Mapping[str, str],
    ) -> ForkedProcess:
        """Start a process, in a session of its own.

        Args:
            program: ``module:function`` that it calls.
            arguments: its ``sys.argv``.
            streams: descriptors of its standard input, output and error.
            folder: its working directory.
            environment: its environment.

        Raises:
            CannotFork: the server has ended, or cannot fork.
        """
        request = {
            "program": program,
            "arguments": list(arguments),
            "folder": str(folder),
            "environment": dict(environment),
        }
        message = json.dumps(request).encode()
        if len(message) > LARGEST_REQUEST:
            raise CannotFork("the environment is too large for a request")
        report, theirs = os.pipe()
        try:
            with self._asking:
                socket.send_fds(self._connection, [message], [*streams, theirs])
        except OSError as error:
            os.close(report)
            raise CannotFork(str(error)) from None
        finally:
            os.close(theirs)
        return ForkedProcess(report)

    def close(self) -> None:
        """End the server; children that it has forked go on."""
        self._connection.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:  # it still imports
            self._process.send_signal(signal.SIGKILL)
            self._process.wait()


class OwnForkServer(ForkServer):
    """A server that is a fork of this process, which has imported what its children need and has no threads yet.

    Args:
        sessions: whether each child gets a session of its own, or else stays in the group of this process.
    """

    def __init__(self, *, sessions: bool = True) -> None:
        self._asking = threading.Lock()
        self._connection, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for stream in (sys.stdout, sys.stderr):
            stream.flush()  # or a child would say again what waits in them
        self.pid = os.fork()
        if self.pid == 0:
            serve_alone(theirs, sessions=sessions)
        theirs.close()

    def close(self) -> None:
        """End the server; children that it has forked go on."""
        self._connection.close()
        os.waitpid(self.pid, 0)
