"""``outcross ui`` says what is broken or was interrupted, and becomes Dagster's server, on this machine alone."""

import os
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from outcross.jobs.running import instance, interrupted_runs
from tests.jobs.cli.in_process import Ran, outcross


class Became(SystemExit):
    """This process would be another."""


@pytest.fixture
def became(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The programs that the command became, each with its words; two runs were interrupted."""
    found: list[Any] = []

    def become(program: str, words: list[str]) -> None:
        found.append((program, words, os.environ.get("PYTHONSAFEPATH")))
        raise Became(0)

    class Instance:
        def __enter__(self) -> "Instance":
            return self

        def __exit__(self, *_: object) -> None:
            found.append("closed")

    runs = [SimpleNamespace(run_id=f"r{number}", job_name="small_lineages") for number in (1, 2)]
    monkeypatch.setattr(os, "execv", become)
    monkeypatch.setattr(instance, "open_instance", Instance)
    monkeypatch.setattr(interrupted_runs, "close_interrupted", lambda opened: runs)
    return found


@pytest.mark.parametrize(("words", "port"), [([], "3000"), (["--port", "65535"], "65535"), (["--port", "1"], "1")])
def test_the_process_becomes_dagsters_server_on_the_port_of_this_machine(
    tmp_path: Path, became: list[Any], words: list[str], port: str
) -> None:
    ran: Ran = outcross(tmp_path, "ui", *words)
    closed, (program, command, safe) = became
    assert closed == "closed", "the instance is closed before"
    assert (ran.code, program, safe) == (0, sys.executable, "1")
    assert command == [
        sys.executable,
        "-P",
        "-W",
        "ignore:Function `dev_command` is superseded",
        "-m",
        "dagster",
        "dev",
        "-m",
        "outcross.jobs.definitions",
        "-h",
        "127.0.0.1",
        "-p",
        port,
    ]
    assert ran.out.splitlines() == [
        f"Run r{number} of small_lineages was interrupted: its process has ended." for number in (1, 2)
    ]
    assert ran.err == ""


def test_a_file_that_cannot_be_used_is_told_and_does_not_stop_the_others(tmp_path: Path, became: list[Any]) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "bad.yaml").write_text("study: [")
    ran = outcross(tmp_path, "ui", OUTCROSS_STUDIES="studies")
    (line,) = [line for line in ran.err.splitlines() if line.startswith("outcross: ")]
    assert line.startswith("outcross: shown as broken: ") and "bad.yaml" in line
    assert len(became) == 2
