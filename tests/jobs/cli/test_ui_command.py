"""``outcross ui`` says what is broken or was interrupted, where it is served, and what stopped it."""

import os
import resource
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from outcross.jobs.cli.exit_codes import ExitCode
from outcross.jobs.running import instance, interrupted_runs
from outcross.jobs.serving import supervise
from outcross.jobs.serving.passed_output import passed_output
from outcross.jobs.serving.token import token_of
from tests.jobs.cli.in_process import outcross
from tests.jobs.corpora import free_port


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What was served: the address, and whether it asks for a token; two runs were interrupted, and Ctrl-C ends it."""
    found: list[Any] = []

    def serve(listener: Any, *, token: bool) -> None:
        found.append((*listener.getsockname(), token))
        raise KeyboardInterrupt

    class Instance:
        def __enter__(self) -> "Instance":
            return self

        def __exit__(self, *_: object) -> None:
            found.append("closed")

    runs = [SimpleNamespace(run_id=f"r{number}", job_name="small_lineages") for number in (1, 2)]
    monkeypatch.setattr(supervise, "supervise", serve)
    monkeypatch.setattr(instance, "open_instance", Instance)
    monkeypatch.setattr(interrupted_runs, "close_interrupted", lambda opened: runs)
    return found


@pytest.mark.parametrize(("words", "token"), [([], True), (["--token"], True), (["--no-token"], False)])
def test_the_address_is_that_of_this_machine_and_its_token_is_the_homes(
    tmp_path: Path, served: list[Any], words: list[str], token: bool
) -> None:
    port = free_port()
    ran = outcross(tmp_path, "ui", "--port", str(port), *words)
    assert served == ["closed", ("127.0.0.1", port, token)], "the instance is closed before"
    asked = f"/?token={token_of(tmp_path / 'home')}" if token else ""
    assert ran.out.splitlines() == [
        "Not shown, since not used yet: breast_cancer, college, digits-diffusion, docs-transformer, gaussian-mean, "
        "python_docs; 'outcross ui --shipped' shows them too.",
        *(f"Run r{number} of small_lineages was interrupted: its process has ended." for number in (1, 2)),
        f"Open http://127.0.0.1:{port}{asked}",
        "It answers in a few seconds. Ctrl-C stops it.",
    ]
    assert ran.code == ExitCode.INTERRUPTED
    assert f"the UI has stopped; what was made is kept in {tmp_path / 'home'}" in ran.said


def test_on_request_the_ui_shows_all_that_is_shipped(
    tmp_path: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str | None] = []  # what the processes of the UI inherit
    monkeypatch.setattr(supervise, "supervise", lambda _, token: asked.append(os.environ.get("OUTCROSS_SHIPPED")))
    ran = outcross(tmp_path, "ui", "--port", str(free_port()), "--shipped")
    assert asked == ["all"] and "Not shown" not in ran.out


def test_a_file_that_cannot_be_used_is_told_and_does_not_stop_the_others(tmp_path: Path, served: list[Any]) -> None:
    (tmp_path / "studies").mkdir()
    (tmp_path / "studies" / "bad.yaml").write_text("study: [")
    ran = outcross(tmp_path, "ui", "--port", str(free_port()), OUTCROSS_STUDIES="studies")
    (line,) = [line for line in ran.err.splitlines() if "shown as broken" in line]
    assert line.startswith("outcross: shown as broken: ") and "bad.yaml" in line
    assert len(served) == 2


def test_a_process_of_the_ui_that_ends_by_itself_ends_the_others_with_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[subprocess.Popen[bytes]] = []

    def start(stdin: object, kind: str, *words: str) -> "subprocess.Popen[bytes]":
        program = "import sys; sys.exit(3)" if kind == "daemon" else "import time; time.sleep(600)"
        started.append(subprocess.Popen([sys.executable, "-c", program], start_new_session=True))
        return started[-1]

    monkeypatch.setattr(supervise, "_starter", lambda _: nullcontext(start))
    monkeypatch.setattr("outcross.jobs.cli.ui._close_interrupted", lambda: None)
    ran = outcross(tmp_path, "ui", "--port", str(free_port()))
    assert ran.code == ExitCode.PROBLEM and "the daemon of the UI ended with status 3" in ran.said
    assert len(started) == 3 and all(process.returncode is not None for process in started)


def test_too_few_open_files_are_told_before_anything_starts_and_a_soft_limit_is_raised(
    tmp_path: Path, served: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    limits, raised = [(24, 64)], list[tuple[int, int]]()
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, pair: raised.append(pair))
    ran = outcross(tmp_path, "ui", "--port", str(free_port()))
    assert (ran.code, ran.out, served, raised) == (ExitCode.PROBLEM, "", [], [])
    assert (
        ran.err.count("\n") == 1 and "may open 64 files here and needs 256; raise the limit (ulimit -n 256)" in ran.err
    )
    for hard in (4096, resource.RLIM_INFINITY):
        limits.append((24, hard))
        assert outcross(tmp_path, "ui", "--port", str(free_port())).code == ExitCode.INTERRUPTED
        assert raised.pop() == (256, hard)


def test_what_the_processes_of_the_ui_print_cannot_command_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with passed_output() as (out, err):
        os.write(out, b"\x1b[34mINFO\x1b[0m - column a\x1b]0;owned\x07\n")
        os.write(err, b"no end of line \x1b[2J \xff")
    said = capsys.readouterr()
    assert said.out == "INFO - column a[U+001B]]0;owned[U+0007]\n"
    assert said.err == "no end of line [U+001B][2J \N{REPLACEMENT CHARACTER}"


def test_a_token_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    first = token_of(tmp_path)
    path = tmp_path / "dagster" / "ui_token"
    assert (token_of(tmp_path), len(first), path.stat().st_mode & 0o777) == (first, 43, 0o600)
    path.write_text("")
    assert len(token_of(tmp_path)) == 43
