"""What a run prints is kept for the UI and passed on; no other process has a part in it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import psutil
import pytest

from outcross.jobs.files.home import PACKAGE
from outcross.jobs.running.compute_logs import copied_to


@pytest.fixture
def instance(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dg.DagsterInstance]:
    monkeypatch.setenv("OUTCROSS_INSTANCE", str(tmp_path))
    with dg.DagsterInstance.from_config(str(PACKAGE)) as opened:
        yield opened


def test_the_output_of_a_run_is_in_the_ui_and_on_the_terminal_and_no_process_was_started(
    instance: dg.DagsterInstance, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for descriptor, name in ((1, "stdout"), (2, "stderr")):  # those of the test framework are files of its own
        monkeypatch.setattr(sys, name, os.fdopen(descriptor, "w", closefd=False))
    beside: list[psutil.Process] = []

    @dg.op
    def prints() -> None:
        beside.extend(psutil.Process().children())
        sys.stdout.write("from Python\n")
        sys.stdout.flush()
        subprocess.run(["/bin/sh", "-c", "echo from a child; echo an error >&2"], check=True)

    @dg.job
    def one() -> None:
        prints()

    before = psutil.Process().children()
    ran = one.execute_in_process(instance=instance)
    assert beside == before
    events = instance.all_logs(ran.run_id, dg.DagsterEventType.LOGS_CAPTURED)
    key = [ran.run_id, "compute_logs", events[0].get_dagster_event().logs_captured_data.file_key]
    kept = instance.compute_log_manager.get_log_data(key)
    assert kept.stdout == b"from Python\nfrom a child\n"
    assert kept.stderr is not None
    assert b"an error\n" in kept.stderr
    assert instance.compute_log_manager.is_capture_complete(key)
    printed = capfd.readouterr()
    assert printed.out == "from Python\nfrom a child\n"
    assert "an error\n" in printed.err


def test_output_of_a_second_attempt_is_appended_and_only_its_own_is_passed_on(tmp_path: Path) -> None:
    path = tmp_path / "attempts.out"
    for attempt in ("first\n", "second\n"):
        with (tmp_path / attempt.strip()).open("w") as stream, copied_to(path, stream):
            stream.write(attempt)
    assert path.read_text() == "first\nsecond\n"
    assert (tmp_path / "second").read_text() == "second\n"


def test_a_reader_that_went_away_takes_nothing_from_the_file(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    path = tmp_path / "kept.out"
    with os.fdopen(writing, "w") as stream, copied_to(path, stream):
        stream.write("kept\n")
    assert path.read_text() == "kept\n"
