"""Workers are forked from one process that has their imports, or started anew; nothing that they make tells which."""

import os
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from outcross.jobs.running import forked_process
from outcross.jobs.running.forked_process import UNKNOWN, CannotFork, ForkedProcess, ForkServer
from outcross.jobs.running.worker_process import VARIABLE, WorkerStarter, _are_forked
from outcross.resources.errors import BadInput
from tests.jobs.command_server import run_forked, server
from tests.jobs.test_restart import parts
from tests.jobs.workplace import TWO, Workplace, make_workplace

pytestmark = pytest.mark.long(seconds=25)

STARTS = 20 if os.environ.get("OUTCROSS_FAULTS") == "all" else 2
"""`make faults` sets the variable to start more."""


def test_spawned_workers_make_the_bytes_of_forked_ones(tmp_path: Path, whole: Workplace) -> None:
    place = make_workplace(tmp_path, **TWO)
    environment = {**place.environment, VARIABLE: "spawn"}
    ran = run_forked(["study", "small.yaml", "--workers", "1"], folder=tmp_path, environment=environment)
    assert ran.returncode == 0, ran.stderr
    assert len(parts(whole)) > 10
    assert parts(place) == parts(whole)


@pytest.mark.parametrize(
    ("wanted", "count", "gpu", "forked"),
    [
        ("", 2, False, True),
        ("", 1, False, False),
        ("", 2, True, False),
        ("spawn", 2, False, False),
        ("fork", 1, False, True),
        ("fork", 1, True, True),
    ],
)
def test_several_workers_are_forked_where_there_is_no_gpu(
    wanted: str, count: int, gpu: bool, forked: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked_process, "_GPUS", ("null",) if gpu else ())
    monkeypatch.setenv(VARIABLE, wanted)
    assert _are_forked(count) is forked


def test_an_unknown_way_to_start_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "thread")
    with pytest.raises(BadInput, match="OUTCROSS_WORKER_START is 'thread'; set it to 'fork' or 'spawn', or unset it"):
        WorkerStarter(2)


@pytest.fixture
def nothing() -> Iterator[int]:
    with Path(os.devnull).open("r+b") as opened:
        yield opened.fileno()


def start(asked: ForkServer, program: str, nothing: int, *arguments: str) -> ForkedProcess:
    return asked.start(
        program, arguments, streams=(nothing, nothing, nothing), folder=Path.cwd(), environment=os.environ
    )


def compute() -> None:
    """Use what a fork could break: Polars' and torch's threads, Great Expectations, and SQLite."""
    import polars as pl
    import torch

    from outcross.resources.guard_engine import Vital, validate, vitals_frame

    rows = pl.DataFrame({"a": range(100_000)}).with_columns(b=pl.col("a") % 7)
    assert rows.lazy().group_by("b").agg(pl.col("a").sum()).sort("b").collect()["a"].sum() == 4_999_950_000
    for size in (2, 64, 512):
        assert torch.ones(size, size).matmul(torch.ones(size, size))[0, 0] == size
    vital = Vital(check="rows", metric="share", group="", value=0.5, lower=0.0, upper=1.0)
    assert validate(vitals_frame([vital]))["passed"].all()


def test_children_at_once_compute_without_waiting_for_threads_that_a_fork_lost(nothing: int) -> None:
    running = [start(server(), f"{__name__}:compute", nothing) for _ in range(STARTS)]
    assert [process.wait() for process in running] == [0] * len(running)


def test_the_status_of_a_child_is_that_of_a_process(nothing: int) -> None:
    killed = start(server(), "signal:pause", nothing)
    os.kill(killed.pid, signal.SIGKILL)
    assert killed.wait() == killed.wait() == -signal.SIGKILL
    assert start(server(), "os:nonsense", nothing).wait() == 1


def test_a_worker_is_started_anew_where_the_server_has_ended(
    tmp_path: Path, nothing: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "fork")
    starter = WorkerStarter(2)
    assert starter._server is not None
    os.killpg(starter._server._process.pid, signal.SIGKILL)
    with pytest.raises(CannotFork):
        start(starter._server, "signal:pause", nothing)
    worker = starter.start([str(tmp_path / "absent.yaml"), str(tmp_path)], tmp_path / "log")
    own = worker._process
    assert isinstance(own, subprocess.Popen)
    assert os.getsid(own.pid) == own.pid, "Ctrl-C of the terminal does not reach it"
    assert worker.answers.read() == ""
    assert worker.wait() == 1
    assert "there is no such study file" in (tmp_path / "log").read_text()
    starter.close()


def test_children_outlive_their_server_and_end_with_an_unknown_status(nothing: int) -> None:
    own = ForkServer("signal:valid_signals")  # which imports nothing
    child = start(own, "signal:pause", nothing)
    own.close()
    assert child.wait() == UNKNOWN
    os.kill(child.pid, signal.SIGKILL)
