"""Commands in processes forked from one that has imported everything: as real, and without seconds of imports.

The server is a process of its own that computes nothing: a fork of a worker of xdist, whose tests use what it imports,
or a new process for the few tests of a run without workers. A command in it gives the same output and exit code as
``python -m outcross.jobs.cli``; ``tests/jobs/test_command_server.py`` compares them. Workers of such a command are
forked, too, from a server that the command forks before it computes.
"""

import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

from outcross.jobs.running.forked_process import ForkedProcess, ForkServer, OwnForkServer
from outcross.resources.import_time import without_collection

ROOT = Path(__file__).parents[2]
RUN = f"{__name__}:run_command"
"""What a forked process calls for a command."""


_STARTED: list[ForkServer] = []
"""The server of this pytest process, once there is one."""


def server() -> ForkServer:
    """The server of this pytest process, which ends with it."""
    if not _STARTED:
        paths = os.pathsep.join([*filter(None, [os.environ.get("PYTHONPATH")]), str(ROOT)])
        environment = {**os.environ, "PYTHONPATH": paths}
        _STARTED.append(ForkServer(f"{__name__}:import_everything", environment=environment))
    return _STARTED[0]


def fork_server() -> None:
    """Import what commands need, and fork the server from this process, which has computed nothing yet."""
    with without_collection():
        import_everything()
    _STARTED.append(OwnForkServer())


def server_process() -> int | None:
    """The process id of the server, if it was started."""
    return _STARTED[0].pid if _STARTED else None


def close_server() -> None:
    """End the server, if it was started."""
    while _STARTED:
        _STARTED.pop().close()


class ForkedCommand:
    """A command in a forked process, in a session of its own, used as :class:`subprocess.Popen` is."""

    def __init__(self, program: str, words: list[str], *, folder: Path, environment: Mapping[str, str]) -> None:
        self.args = words
        self._said = [tempfile.TemporaryFile() for _ in range(2)]  # noqa: SIM115 - they are read when it has ended
        with Path(os.devnull).open("rb") as nothing:
            out, errors = (each.fileno() for each in self._said)
            self._process = server().start(
                program,
                ["outcross", *words],
                streams=(nothing.fileno(), out, errors),
                folder=folder,
                environment=environment,
            )
        self.pid, self.returncode = self._process.pid, None
        self._waiting = threading.Thread(target=self._wait, daemon=True)
        self._waiting.start()

    def _wait(self) -> None:
        self.returncode: int | None = self._process.wait()

    def poll(self) -> int | None:
        """Return its exit code, or None while it runs."""
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """Wait until it ends; return its output and its errors."""
        self._waiting.join(timeout)
        out, errors = (os.pread(each.fileno(), os.fstat(each.fileno()).st_size, 0).decode() for each in self._said)
        if self._waiting.is_alive():
            assert timeout is not None
            raise subprocess.TimeoutExpired(self.args, timeout, out, errors)
        return out, errors

    def send_signal(self, number: int) -> None:
        """Send a signal to this process alone."""
        if self.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """Kill it, and nothing that it has started."""
        self.send_signal(signal.SIGKILL)


def run_forked(
    words: list[str],
    *,
    folder: Path,
    environment: Mapping[str, str],
    timeout: float = 300,
    program: str = RUN,
) -> "subprocess.CompletedProcess[str]":
    """Run ``outcross`` with these words, as :func:`subprocess.run` would."""
    command = ForkedCommand(program, words, folder=folder, environment=environment)
    try:
        out, errors = command.communicate(timeout)
    except subprocess.TimeoutExpired:
        os.killpg(command.pid, signal.SIGKILL)
        raise
    assert command.returncode is not None
    return subprocess.CompletedProcess(words, command.returncode, out, errors)


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
    if sys.argv[1] in ("study", "mix"):
        _fork_workers_from_here()
    runpy.run_module("outcross.jobs.cli", run_name="__main__", alter_sys=True)


def _fork_workers_from_here() -> None:
    """Fork a server before anything is computed, for the workers of this process in place of one that imports anew."""
    from outcross.jobs.running import worker_process

    os.environ.setdefault(worker_process.VARIABLE, "fork")
    made = OwnForkServer()
    worker_process.ForkServer = lambda preload: made  # type: ignore[assignment,misc]


class WorkersOfServer:
    """In place of a server of a study's own, for a study that runs in a pytest process: the server of this process."""

    def __init__(self, preload: str) -> None:
        """Imports nothing: the server has imported what ``preload`` does, and more."""

    @property
    def start(self) -> Callable[..., ForkedProcess]:
        """Start a worker."""
        return server().start

    def close(self) -> None:
        """Leave the server to others."""
