"""Commands in processes forked from one that has imported everything: as real, and without seconds of imports.

The server is a process of its own that computes nothing. A command in it gives the same output and exit code as
``python -m outcross.jobs.cli``; ``tests/jobs/test_command_server.py`` compares them. Workers of such a command are
forked, too, from a server that the command forks before it computes.
"""

import os
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from outcross.jobs.running.fork_server import serve
from outcross.jobs.running.forked_process import ForkServer

ROOT = Path(__file__).parents[2]


@cache
def server() -> ForkServer:
    """The server of this pytest process, which ends with it."""
    paths = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
    return ForkServer(f"{__name__}:import_everything", environment={**os.environ, "PYTHONPATH": paths})


def server_process() -> int | None:
    """The process id of the server, if it was started."""
    return server().pid if server.cache_info().currsize else None


def close_server() -> None:
    """End the server, if it was started."""
    if server.cache_info().currsize:
        server().close()
        server.cache_clear()


def run_forked(
    words: list[str], *, folder: Path, environment: Mapping[str, str], timeout: float = 300
) -> "subprocess.CompletedProcess[str]":
    """Run ``outcross`` with these words, as :func:`subprocess.run` would."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors, Path(os.devnull).open("rb") as nothing:
        process = server().start(
            f"{__name__}:run_command",
            ["outcross", *words],
            streams=(nothing.fileno(), out.fileno(), errors.fileno()),
            folder=folder,
            environment=environment,
        )
        overdue = threading.Event()

        def end() -> None:
            overdue.set()
            os.killpg(process.pid, signal.SIGKILL)

        watch = threading.Timer(timeout, end)
        watch.start()
        code = process.wait()
        watch.cancel()
        said = []
        for each in (out, errors):
            each.seek(0)
            said.append(each.read().decode())
    if overdue.is_set():
        raise subprocess.TimeoutExpired(words, timeout, *said)
    return subprocess.CompletedProcess(words, code, *said)


def import_everything() -> None:
    """Import what commands and workers import; nothing is computed."""
    from outcross.jobs.running.worker import import_libraries

    import_libraries()
    import duckdb  # noqa: F401
    import rich.progress  # noqa: F401

    import outcross.assets.corpus.audit.audit
    import outcross.assets.corpus.intake.ingest
    import outcross.assets.corpus.trim.trim
    import outcross.jobs.cli.app
    import outcross.jobs.cli.progress  # noqa: F401


def run_command() -> None:
    """Run ``python -m outcross.jobs.cli`` in this process."""
    if sys.argv[1:2] == ["study"]:
        _fork_workers_from_here()
    runpy.run_module("outcross.jobs.cli", run_name="__main__", alter_sys=True)


def _fork_workers_from_here() -> None:
    """Fork a server before anything is computed, for the workers of this process in place of one that imports anew."""
    from outcross.jobs.running import worker_process

    os.environ.setdefault(worker_process.VARIABLE, "fork")
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    forked = os.fork()
    if forked == 0:
        ours.close()
        serve(theirs)()
        os._exit(0)
    theirs.close()
    made = _AdoptedServer(ours, forked)
    worker_process.ForkServer = lambda preload: made  # type: ignore[assignment,misc]


class _AdoptedServer(ForkServer):
    """A server that this process has forked itself."""

    def __init__(self, connection: socket.socket, process: int) -> None:
        self._asking = threading.Lock()
        self._connection, self._forked = connection, process

    def close(self) -> None:
        self._connection.close()
        os.waitpid(self._forked, 0)
