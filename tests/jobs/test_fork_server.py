"""A child of the fork server is the process that was asked for, and has nothing of the server or of other children."""

import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from outcross.jobs.running import fork_server, forked_process
from outcross.jobs.running.forked_process import CannotFork, ForkedProcess, ForkServer, OwnForkServer

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def server() -> Iterator[ForkServer]:
    """A server that has imported this module, and nothing heavy."""
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    made = ForkServer(f"{__name__}:preload", environment={**os.environ, "PYTHONPATH": paths, "FROM": "the server"})
    yield made
    made.close()


def preload() -> None:
    """What the server calls before it serves."""
    sys.preloaded = gc.isenabled()  # type: ignore[attr-defined]


def tell() -> None:
    """Say on standard output what this process is."""
    told = {
        "session": os.getsid(0) == os.getpid(),
        "arguments": sys.argv,
        "folder": str(Path.cwd()),
        "environment": dict(os.environ),
        "input": sys.stdin.readline(),
        "open": sorted(int(path.name) for path in Path("/proc/self/fd").iterdir())[:-1],
        "preloaded": getattr(sys, "preloaded", None),
        "collects": gc.isenabled(),
        "frozen": gc.get_freeze_count() > 0,
        "hears children": signal.getsignal(signal.SIGCHLD) == signal.SIG_DFL,
        "wakes": signal.set_wakeup_fd(-1),
        "parent": os.getppid(),
    }
    sys.stderr.write("said by the child")
    sys.stdout.write(json.dumps(told))


def leave() -> None:
    """Exit with the status that the first argument names."""
    sys.exit(int(sys.argv[0]))


def fail() -> None:
    """Raise what is no exception of a program."""
    raise KeyboardInterrupt


def wait_for_input() -> None:
    """Wait for a line."""
    sys.stdin.readline()


class Asked:
    """A child with files as its streams, and a pipe as its input."""

    def __init__(self, server: ForkServer, program: str, *arguments: str, folder: Path, **environment: str):
        self.out, self.errors = folder / "out", folder / "errors"
        theirs, self.input = os.pipe()
        with self.out.open("w") as out, self.errors.open("w") as errors:
            self.process: ForkedProcess = server.start(
                f"{__name__}:{program}",
                arguments,
                streams=(theirs, out.fileno(), errors.fileno()),
                folder=folder,
                environment=environment,
            )
        os.close(theirs)

    def end(self) -> int:
        """Send a line, close the input, and return the exit status."""
        with suppress(BrokenPipeError):  # a child that reads nothing may have ended already
            os.write(self.input, b"a line\n")
        os.close(self.input)
        return self.process.wait()


def test_a_child_has_the_session_streams_folder_environment_and_arguments_that_were_asked_for(
    server: ForkServer, tmp_path: Path
) -> None:
    asked = Asked(server, "tell", "one", "two", folder=tmp_path, ONLY="this")
    assert asked.end() == 0
    told: dict[str, Any] = json.loads(asked.out.read_text())
    assert asked.errors.read_text() == "said by the child"
    assert told == {
        "session": True,
        "arguments": ["one", "two"],
        "folder": str(tmp_path),
        "environment": {"ONLY": "this"},
        "input": "a line\n",
        "open": [0, 1, 2],
        "preloaded": False,
        "collects": True,
        "frozen": True,
        "hears children": True,
        "wakes": -1,
        "parent": server.pid,
    }


@pytest.mark.parametrize("sessions", [True, False])
def test_a_server_is_a_fork_of_this_process_and_its_children_have_nothing_of_it_but_imports(
    tmp_path: Path, sessions: bool
) -> None:
    own = OwnForkServer(sessions=sessions)
    asked = Asked(own, "tell", folder=tmp_path)
    assert (os.getsid(own.pid) == own.pid) is sessions
    assert asked.process.poll() is None
    with pytest.raises(subprocess.TimeoutExpired):
        asked.process.wait(0.01)
    assert asked.end() == asked.process.poll() == asked.process.wait(0) == 0
    told: dict[str, Any] = json.loads(asked.out.read_text())
    assert told["session"] is sessions
    assert (told["open"], told["parent"], told["wakes"]) == ([0, 1, 2], own.pid, -1)
    assert Asked(own, "leave", "7", folder=tmp_path).end() == 7
    failed = Asked(own, "fail", folder=tmp_path)
    assert failed.end() == 1, "it does not return into the code of this process"
    assert "KeyboardInterrupt" in failed.errors.read_text()
    waiting = Asked(own, "wait_for_input", folder=tmp_path)
    waiting.process.terminate()
    assert waiting.end() == -signal.SIGTERM
    own.close()
    with pytest.raises(ProcessLookupError):
        os.kill(own.pid, 0)


@pytest.mark.parametrize("status", [0, 1, 3, 255])
def test_the_status_of_each_child_goes_to_who_asked_for_it(server: ForkServer, tmp_path: Path, status: int) -> None:
    waiting = Asked(server, "wait_for_input", folder=tmp_path)
    assert Asked(server, "leave", str(status), folder=tmp_path).end() == status
    assert waiting.end() == 0


def test_a_child_that_is_killed_tells_the_signal_and_the_server_goes_on(server: ForkServer, tmp_path: Path) -> None:
    killed = Asked(server, "wait_for_input", folder=tmp_path)
    os.kill(killed.process.pid, signal.SIGKILL)
    assert killed.process.wait() == killed.process.wait() == -signal.SIGKILL
    os.close(killed.input)
    assert Asked(server, "leave", "5", folder=tmp_path).end() == 5


def test_who_asks_no_more_does_not_end_the_server(server: ForkServer, tmp_path: Path) -> None:
    gone = Asked(server, "wait_for_input", folder=tmp_path)
    gone.process._report.close()
    os.close(gone.input)
    assert Asked(server, "leave", "4", folder=tmp_path).end() == 4


def test_the_server_keeps_no_descriptor_of_a_child_that_has_ended(server: ForkServer, tmp_path: Path) -> None:
    folder = Path(f"/proc/{server.pid}/fd")
    before = len(list(folder.iterdir()))
    for _ in range(3):
        Asked(server, "wait_for_input", folder=tmp_path).end()
    until = time.monotonic() + 60  # the server reaps a child some time after its end
    while len(list(folder.iterdir())) > before and time.monotonic() < until:
        time.sleep(0.01)
    assert len(list(folder.iterdir())) <= before


def test_ctrl_c_of_the_terminal_does_not_reach_the_server(server: ForkServer) -> None:
    assert os.getsid(server.pid) == os.getpgid(server.pid) == server.pid != os.getsid(0)


def test_a_server_ends_when_it_is_closed_and_a_request_of_it_is_refused(tmp_path: Path) -> None:
    own = ForkServer("signal:valid_signals")
    own.close()
    assert own._process.returncode == 0
    with pytest.raises(CannotFork):
        Asked(own, "leave", "0", folder=tmp_path)


def test_a_child_outlives_its_server_and_nobody_knows_how_it_ends(tmp_path: Path) -> None:
    own = ForkServer("signal:valid_signals")
    reads, writes = os.pipe()
    streams = reads, writes, os.dup(2)
    child = own.start("signal:pause", [], streams=streams, folder=tmp_path, environment=os.environ)
    for each in streams:
        os.close(each)
    own.close()
    assert child.wait() == child.wait() == 255
    os.kill(child.pid, signal.SIGKILL)


def test_a_server_that_still_imports_is_killed_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    own = ForkServer("signal:pause")
    wait = own._process.wait
    monkeypatch.setattr(own._process, "wait", lambda seconds=None: wait(0.01 if seconds else None))
    own.close()
    assert own._process.returncode == -signal.SIGKILL


def test_a_request_that_is_too_large_is_refused_and_the_largest_is_not(server: ForkServer, tmp_path: Path) -> None:
    def message(text: str) -> int:
        request = {"program": f"{__name__}:leave", "arguments": ["0"], "folder": str(tmp_path)}
        return len(json.dumps({**request, "environment": {"A": text}}).encode())

    with pytest.raises(CannotFork, match="the environment is too large for a request"):
        Asked(server, "leave", "0", folder=tmp_path, A="x" * (2**20 - message("") + 1))
    assert Asked(server, "leave", "6", folder=tmp_path, A="x" * 100_000).end() == 6


def test_where_the_system_has_no_room_who_asked_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    def full() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    theirs = [os.dup(0) for _ in range(3)]
    report, says = os.pipe()
    assert fork_server._fork_for([*theirs, says], fork_server._Children()) is None
    for each in (*theirs, says):
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.fstat(each)
    with pytest.raises(CannotFork, match="no room for another process"):
        ForkedProcess(report)


def test_children_are_reaped_each_with_its_own_report() -> None:
    """In a process that has no other children: whoever reaps takes the exit status of all."""
    process = os.fork()
    if process == 0:
        os._exit(_exit_status(_reap_two))
    assert os.waitpid(process, 0)[1] == 0


def _exit_status(work: Callable[[], None]) -> int:
    try:
        work()
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _reap_two() -> None:
    children, reports = fork_server._Children(), {}
    for status in (0, 9):
        report, says = os.pipe()
        process = os.fork()
        if process == 0:
            os._exit(status)
        children.add(process, says)
        reports[process, status] = report
    until = time.monotonic() + 20
    while children._reports and time.monotonic() < until:
        children.reap()
    for (process, status), report in reports.items():
        with os.fdopen(report) as told:
            assert told.read() == f"{process}\n{status}\n"


@pytest.mark.parametrize(
    ("platform", "devices", "can"),
    [("linux", (), True), ("linux", ("null",), False), ("linux", ("absent", "null"), False), ("darwin", (), False)],
)
def test_a_process_may_be_forked_on_linux_without_a_gpu(
    platform: str, devices: tuple[str, ...], can: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", platform)
    monkeypatch.setattr(forked_process, "_GPUS", devices)
    assert forked_process.can_fork() is can
