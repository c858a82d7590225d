"""The processes of ``outcross ui``: a code server, Dagster's daemon and the webserver, started and ended together."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from types import FrameType
from typing import ClassVar, Protocol, TypeAlias

import yaml
from filelock import FileLock, Timeout

from outcross.jobs.running.forked_process import ForkedProcess, OwnForkServer
from outcross.jobs.serving.child import CODE_SERVER, DAEMON, LOCATION, WEBSERVER, import_libraries
from outcross.jobs.serving.passed_output import passed_output
from outcross.jobs.serving.webserver import WITH_TOKEN, WITHOUT_TOKEN
from outcross.resources.errors import BadInput, OutcrossError
from outcross.resources.remnants import temporary_folder

CHILD = "outcross.jobs.serving.child"
HOST = "127.0.0.1"
_LOCK = ".serving"
_WAITING = 128
"""Connections that wait until the webserver is there."""
_AGAIN = 0.2
"""Seconds after which it is asked again whether each process runs."""
OPEN_FILES = 256
"""Files, databases and connections that a process of the UI may have open at once."""
PATIENCE = 20.0
"""Seconds that the processes have to end by themselves."""


Child: TypeAlias = "ForkedProcess | subprocess.Popen[bytes]"
Streams: TypeAlias = tuple[int, int, int]


class Start(Protocol):
    """Starts a process of the UI with the descriptors of its standard streams, of a kind and with its words."""

    def __call__(self, streams: Streams, *words: str) -> Child:
        """Return the process."""


class Stopped(OutcrossError):
    """Ctrl-C or SIGTERM ended the UI."""

    exit_code: ClassVar[int] = 130


class TooFewOpenFiles(OutcrossError):
    """The system lets a process open fewer files than the UI needs."""


class ServerEnded(OutcrossError):
    """A process of the UI ended by itself."""


def raise_open_files() -> None:
    """Let this process and those that it starts open as many files as the UI needs.

    Raises:
        TooFewOpenFiles: that is less than the processes of the UI need.
    """
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = hard == resource.RLIM_INFINITY
    if not unlimited and hard < OPEN_FILES:
        raise TooFewOpenFiles(
            f"a process of the UI may open {hard} files here and needs {OPEN_FILES}; raise the limit "
            f"(ulimit -n {OPEN_FILES}), then start 'outcross ui' again"
        )
    if soft != resource.RLIM_INFINITY and soft < OPEN_FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (OPEN_FILES, hard))


@contextmanager
def only_one(home: Path) -> Iterator[None]:
    """Refuse a second UI of a home folder while the block lasts: two daemons would launch every run twice.

    Raises:
        BadInput: another one serves it.
    """
    try:
        lock = FileLock(home / "dagster" / _LOCK, timeout=0).acquire()
    except Timeout:
        raise BadInput(
            f"another 'outcross ui' serves {home}; use or stop that one, or set OUTCROSS_HOME to another folder"
        ) from None
    with lock:
        yield


@contextmanager
def listen(port: int) -> Iterator[socket.socket]:
    """Listen on a port of this machine while the block lasts.

    Raises:
        BadInput: the port is taken, or this user may not have it.
    """
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, port))
            listener.listen(_WAITING)
        except OSError as error:
            raise BadInput(
                f"port {port} of {HOST} cannot be used ({error.strerror}); choose another with --port, or end the "
                "program that listens there"
            ) from None
        yield listener


def supervise(listener: socket.socket, *, token: bool) -> None:
    """Run the UI until a signal ends it, and end all its processes.

    Args:
        listener: the socket that listens.
        token: whether a request must carry the token.

    Raises:
        KeyboardInterrupt: SIGINT or SIGTERM ended it.
        ServerEnded: one of its processes ended by itself.
    """
    with (
        _signals(),
        temporary_folder("outcross-ui-") as folder,
        _starter(folder) as start,  # forks before there are threads
        passed_output() as output,
    ):
        code, workspace = f"{folder}/code", folder / "workspace.yaml"
        server = {"grpc_server": {"socket": code, "location_name": LOCATION}}
        workspace.write_text(yaml.safe_dump({"load_from": [server]}), encoding="utf-8")
        definitions = ["-m", LOCATION, "-s", code, "--location-name", LOCATION, "--log-level", "warning"]
        asks = WITH_TOKEN if token else WITHOUT_TOKEN
        children: dict[str, Child] = {}
        try:
            with Path(os.devnull).open("rb") as nothing:
                streams = (nothing.fileno(), *output)
                children[CODE_SERVER] = start(streams, CODE_SERVER, "code-server", "start", *definitions)
                children[DAEMON] = start(streams, DAEMON, code, "run", "-w", str(workspace))
            children[WEBSERVER] = start((listener.fileno(), *output), WEBSERVER, code, LOCATION, asks)
            _watch(children)
        finally:
            _end(list(children.values()))


@contextmanager
def _starter(folder: Path) -> Iterator[Start]:
    """Yield what starts a process in a session of its own, so that Ctrl-C reaches this one alone.

    On Linux, each is forked from this process once it has imported what they need: half of the time until they serve.
    What those processes put into the folder for temporary files lies in ``folder``, and is removed with it: a fork
    ends without removing what its libraries have made there.
    """
    environment = {**os.environ, "DAGSTER_IS_DEV_CLI": "1"}
    if sys.platform != "linux":
        yield partial(_start_anew, environment)
        return
    import_libraries()
    server, environment = OwnForkServer(), {**environment, "TMPDIR": str(folder)}

    def start(streams: Streams, *words: str) -> ForkedProcess:
        arguments = [CHILD, str(server.pid), *words]
        program = f"{CHILD}:main_of_fork"
        return server.start(program, arguments, streams=streams, folder=Path.cwd(), environment=environment)

    try:
        yield start
    finally:
        server.close()


def _start_anew(environment: dict[str, str], streams: Streams, *words: str) -> "subprocess.Popen[bytes]":
    stdin, stdout, stderr = streams
    command = [sys.executable, "-P", "-m", CHILD, str(os.getpid()), *words]
    return subprocess.Popen(  # noqa: S603 - our own module, arguments as a list
        command, stdin=stdin, stdout=stdout, stderr=stderr, env=environment, start_new_session=True
    )


def _watch(children: "dict[str, Child]") -> None:
    while True:
        for kind, child in children.items():
            if child.poll() is not None:
                raise ServerEnded(
                    f"the {kind} of the UI ended with status {child.returncode}; read what it printed above, and start "
                    "'outcross ui' again"
                )
        time.sleep(_AGAIN)


def _end(children: "list[Child]") -> None:
    """End processes with all that they have started: by SIGINT, then, after a while or a second Ctrl-C, by SIGKILL."""
    deadline = time.monotonic() + PATIENCE
    try:
        for child in children:
            _signal(child, signal.SIGINT)
        while any(child.poll() is None for child in children) and time.monotonic() < deadline:
            time.sleep(_AGAIN)
    finally:
        for child in children:
            _signal(child, signal.SIGKILL)
            child.wait()


def _signal(child: Child, number: int) -> None:
    with suppress(ProcessLookupError, PermissionError):  # none of its group is left
        os.killpg(child.pid, number)


@contextmanager
def _signals() -> Iterator[None]:
    """Let SIGTERM end the block as Ctrl-C does, also where a shell has this process ignore that."""

    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
